import { text } from '../ui/text';

/** The mark and the name. */
export function Brand() {
  return (
    <span className="brand">
      <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden>
        <rect width="32" height="32" rx="8" fill="#2b59c3" />
        <path d="M9 8v9a7 7 0 0 0 14 0V8" fill="none" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" />
        <circle cx="23" cy="8" r="2.6" fill="#7ee0c3" />
      </svg>
      <span className="brand-name">{text.product}</span>
    </span>
  );
}
