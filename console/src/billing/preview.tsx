// A mail as its reader sees it, in a frame that runs nothing and fetches nothing.
import { useMemo, useRef } from 'react';
import { text } from '../ui/text';

/**
 * The formatted body. The page's content security policy holds in the frame too and refuses style sheets in the markup,
 * so the mail's own is given to the frame as an object. The frame is of this origin for that alone: no script runs in
 * it, and links open outside.
 */
export function Preview({ html }: { html: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const { body, css } = useMemo(() => parted(html), [html]);
  const sandbox = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';
  return (
    <iframe
      ref={frame}
      className="mail"
      sandbox={sandbox}
      srcDoc={body}
      title={text.emails.frame}
      onLoad={() => frame.current && dress(frame.current, css)}
    />
  );
}

// The markup without its style sheets, and these; links of a mail leave the frame.
function parted(html: string): { body: string; css: string } {
  const sheets: string[] = [];
  const body = html.replace(/<style[^>]*>([\s\S]*?)<\/style>/gi, (_, sheet: string) => {
    sheets.push(sheet);
    return '';
  });
  return { body: body.replace(/<head>/i, '<head><base target="_blank">'), css: sheets.join('\n') };
}

function dress(frame: HTMLIFrameElement, css: string): void {
  const [page, view] = [frame.contentDocument, frame.contentWindow as (Window & typeof globalThis) | null];
  if (!page || !view) return;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(css);
  page.adoptedStyleSheets = [sheet];
  frame.style.height = `${Math.min(1_200, Math.max(320, page.documentElement.scrollHeight + 2))}px`;
}
