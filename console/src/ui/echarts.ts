// The parts of ECharts that are used, loaded with the first chart.
import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, PieChart, GridComponent, TooltipComponent, AxisPointerComponent, SVGRenderer]);

export { init };
