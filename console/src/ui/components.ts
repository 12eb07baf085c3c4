// How the library's components behave everywhere. Locking the scroll would make a style sheet in the browser, which the content
// security policy refuses; base.css does it instead.
import { Drawer, type MantineThemeComponents, Modal } from '@mantine/core';

export const components: MantineThemeComponents = {
  Drawer: Drawer.extend({ defaultProps: { lockScroll: false, overlayProps: { backgroundOpacity: 0.35 } } }),
  Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true, overlayProps: { backgroundOpacity: 0.35 } } }),
};
