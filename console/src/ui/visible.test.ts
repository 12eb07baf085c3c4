import { expect, it } from 'vitest';
import { visible } from './visible';

it.each([
  ['ann@example.org', 'ann@example.org'],
  ['', ''],
  ['Zoë 東京 نمونه\u200cای 👩\u200d💻', 'Zoë 東京 نمونه\u200cای 👩\u200d💻'],
  ['a\u202eb', 'a⟨U+202E⟩b'],
  ['ann\u200b', 'ann⟨U+200B⟩'],
  ['\ufeffann', '⟨U+FEFF⟩ann'],
  ['a\u0085b\tc', 'a⟨U+0085⟩b⟨U+0009⟩c'],
  ['\u3164', '⟨U+3164⟩'],
  ['\u{e0041}', '⟨U+E0041⟩'],
  ['  ', '"  "'],
  ['\u00a0', '"\u00a0"'],
])('%j is shown as %j', (text, shown) => expect(visible(text)).toBe(shown));
