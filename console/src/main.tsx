import '@fontsource-variable/inter/wght.css';
import './ui/mantine.css';
import './ui/theme.css';
import './ui/base.css';
import './ui/data.css';
import './ui/answers.css';
import './shell/shell.css';
import { DirectionProvider, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app';
import { Boundary } from './ui/boundary';
import { LANGUAGE } from './ui/language';
import { direction } from './ui/locale';
import { theme } from './ui/theme.mjs';
import { putZoneInAddress } from './ui/zone-in-address';

document.documentElement.lang = LANGUAGE;
document.documentElement.dir = direction();
putZoneInAddress();
const colors = localStorageColorSchemeManager({ key: 'usagegraph.theme' });

// The address and what is on the screen change together, without React's transitions: in one, a box that is ticked
// shows it only when the view behind it is ready, and a second one ticked meanwhile takes the first away. No style
// sheet is made in the browser: theme.css holds the variables, and the content security policy refuses others.
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <DirectionProvider initialDirection={direction()} detectDirection={false}>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        colorSchemeManager={colors}
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <Boundary>
          <BrowserRouter useTransitions={false}>
            <App />
          </BrowserRouter>
        </Boundary>
      </MantineProvider>
    </DirectionProvider>
  </StrictMode>,
);
