// A chart: ECharts drawn in the colours of the theme. What it says is also in text beside it, so it is a picture to
// screen readers.
import { Skeleton, useComputedColorScheme } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useRef, useState } from 'react';
import { Broken } from './boundary';

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

/** Draws `option`, again when it, the size or the theme changes. */
export function Chart({ option, label, height, className, onColumn, onPoint }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);
  const [missing, setMissing] = useState<Error | null>(null);
  const scheme = useComputedColorScheme('light');
  const still = useReducedMotion();
  useEffect(() => {
    let drawn: EChartsType | null = null;
    let gone = false;
    const sized = new ResizeObserver(() => drawn?.resize());
    void import('./echarts')
      .then(({ init }) => {
        if (gone || !box.current) return;
        drawn = init(box.current, null, { renderer: 'svg' });
        sized.observe(box.current);
        setChart(drawn);
      })
      .catch((error: Error) => gone || setMissing(error));
    return () => {
      gone = true;
      sized.disconnect();
      drawn?.dispose();
      setChart(null);
    };
  }, []);
  useEffect(() => {
    if (!chart) return;
    const style = getComputedStyle(document.documentElement);
    const ink: Ink = (variable) => style.getPropertyValue(variable).trim();
    chart.setOption({ animation: !still, animationDuration: 300, ...option(ink) }, { notMerge: true });
  }, [chart, option, scheme, still]);
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
      data-drawn={chart ? true : undefined}
      data-clicks={onColumn ? true : undefined}
    >
      {!chart && <Skeleton height={height} radius="md" className="chart-wait" />}
      <div ref={box} style={{ height }} />
    </div>
  );
}
