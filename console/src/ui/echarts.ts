// The parts of ECharts that are used, loaded with the first chart.
import { BarChart, PieChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, PieChart, GridComponent, TooltipComponent, AxisPointerComponent, SVGRenderer]);

export { init };
