import type { Ink } from './chart';

/** How the box that explains a part of a chart looks. */
export function tipBox(ink: Ink) {
  return {
    className: 'chart-tip',
    backgroundColor: ink('--surface'),
    borderColor: ink('--line'),
    textStyle: { color: ink('--ink'), fontSize: 12 },
  };
}
