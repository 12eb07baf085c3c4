// A chart: ECharts drawn in the colours of the theme. What it says is also in text beside it, so it is a picture to
// screen readers.
import { Skeleton, useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef, useState } from 'react';
import { Broken } from './boundary';
import { afterPaint } from './soon';

/** Colours of the theme by the name of their variable. */
export type Ink = (variable: string) => string;

interface ChartProps {
  option: (ink: Ink) => EChartsCoreOption;
  label: string;
  height: number;
  className?: string;
  /** Called with the index of the column that was clicked, wherever in it. */
  onColumn?: (index: number) => void;
  /** Called with the index of the point that was clicked. */
  onPoint?: (index: number) => void;
}

// Colours as the page has them, looked up once for each scheme: each look would have the browser lay out the page.
const looked = new Map<string, string>();

function inks(scheme: string): Ink {
  return (variable) => {
    const key = `${scheme} ${variable}`;
    let colour = looked.get(key);
    if (colour === undefined) {
      colour = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
      looked.set(key, colour);
    }
    return colour;
  };
}

/** Draws `option`, again when it, the size or the theme changes. */
export function Chart({ option, label, height, className, onColumn, onPoint }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);
  const [drawn, setDrawn] = useState(false);
  const [missing, setMissing] = useState<Error | null>(null);
  const scheme = useComputedColorScheme('light');
  const still = useReducedMotion();
  useEffect(() => {
    let made: EChartsType | null = null;
    let gone = false;
    const sized = new ResizeObserver(() => made?.resize());
    void import('./echarts')
      .then(({ init }) => {
        if (gone || !box.current) return;
        made = init(box.current, null, { renderer: 'svg' });
        sized.observe(box.current);
        setChart(made);
      })
      .catch((error: Error) => gone || setMissing(error));
    return () => {
      gone = true;
      sized.disconnect();
      made?.dispose();
      setChart(null);
    };
  }, []);
  useEffect(() => {
    if (!chart) return;
    let gone = false;
    afterPaint(() => {
      if (gone) return;
      chart.setOption({ animation: !still, animationDuration: 300, ...option(inks(scheme)) }, { notMerge: true });
      setDrawn(true);
    });
    return () => void (gone = true);
  }, [chart, option, scheme, still]);
  useEffect(() => {
    if (!chart) return;
    // Drawn at once: the paper does not wait for the next frame.
    const paper = window.matchMedia('print');
    const redraw = () =>
      chart.setOption({ animation: false, ...option(inks(paper.matches ? 'paper' : scheme)) }, { notMerge: true });
    paper.addEventListener('change', redraw);
    return () => paper.removeEventListener('change', redraw);
  }, [chart, option, scheme]);
  useEffect(() => {
    if (!chart || !onColumn) return;
    const clicked = (event: { offsetX: number; offsetY: number }) => {
      const at = [event.offsetX, event.offsetY];
      const grid = [0, 1].find((i) => chart.containPixel({ gridIndex: i }, at));
      if (grid === undefined) return;
      const index = chart.convertFromPixel({ xAxisIndex: grid }, event.offsetX);
      if (typeof index === 'number' && index >= 0) onColumn(index);
    };
    chart.getZr().on('click', clicked);
    return () => chart.getZr()?.off('click', clicked);
  }, [chart, onColumn]);
  useEffect(() => {
    if (!chart || !onPoint) return;
    const clicked = ({ dataIndex }: { dataIndex?: number }) => dataIndex !== undefined && onPoint(dataIndex);
    chart.on('click', clicked as () => void);
    return () => void chart.off('click', clicked as () => void);
  }, [chart, onPoint]);
  if (missing) return <Broken error={missing} />;
  return (
    <div
      className={`chart ${className ?? ''}`}
      role="img"
      aria-label={label}
      style={{ height }}
      data-drawn={drawn || undefined}
      data-clicks={onColumn ? true : undefined}
    >
      {!drawn && <Skeleton height={height} radius="md" className="chart-wait" />}
      <div ref={box} style={{ height }} />
    </div>
  );
}
