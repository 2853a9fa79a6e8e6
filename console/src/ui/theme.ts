/** The look: one accent, one type scale, one spacing scale. Outcome colours stand in `tokens.css`. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const iris: MantineColorsTuple = [
  '#f0f1fe',
  '#dddffb',
  '#b9bcf4',
  '#9396ec',
  '#7478e4',
  '#5d61dc',
  '#4c50d0',
  '#4144b6',
  '#363996',
  '#2b2e78',
];

// A slightly blue grey, so that light and dark are of one family with the accent.
const slate: MantineColorsTuple = [
  '#f7f8fa',
  '#eff1f4',
  '#e2e5ea',
  '#cfd4dc',
  '#a9b0bc',
  '#828a98',
  '#646c7a',
  '#4d5462',
  '#343a46',
  '#1e222b',
];

const night: MantineColorsTuple = [
  '#d5d9e1',
  '#b3b9c5',
  '#8f96a4',
  '#676e7c',
  '#3f4552',
  '#2c313c',
  '#222630',
  '#191c24',
  '#13161c',
  '#0e1015',
];

// Only for what deletes. Darker than the default, so that its words can be read on either ground.
const red: MantineColorsTuple = [
  '#fff0f1',
  '#fcdcde',
  '#f5b5ba',
  '#f08d95',
  '#ec7680',
  '#e0616c',
  '#c4283a',
  '#ae2033',
  '#94192b',
  '#7a1222',
];

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 6, dark: 5 },
  colors: { iris, red, gray: slate, dark: night },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  defaultRadius: 'sm',
  cursorType: 'pointer',
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.5', xl: '1.5' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
      h4: { fontSize: '0.8125rem', lineHeight: '1.4' },
    },
  },
  components: {
    Button: { defaultProps: { size: 'xs' }, styles: { label: { fontWeight: 550 } } },
    Badge: { styles: { label: { fontWeight: 550 } } },
    InputWrapper: { styles: { label: { fontWeight: 550, marginBottom: 3 }, description: { marginBottom: 4 } } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    // Where it is too wide for the page it goes on below.
    SegmentedControl: { styles: { root: { maxWidth: '100%', flexWrap: 'wrap' } } },
    TextInput: { defaultProps: { size: 'sm' } },
    Tooltip: {
      defaultProps: { openDelay: 250, multiline: true, events: { hover: true, focus: true, touch: true } },
      styles: { tooltip: { background: 'var(--tip)', color: 'var(--tip-ink)', fontSize: '0.75rem', padding: '6px 9px', maxWidth: 340 } },
    },
    // What it would put first in a menu to focus is no menu item, and a menu may hold nothing else.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // A dialog's heading is no banner of the page.
    ModalHeader: { defaultProps: { role: 'none' } },
    DrawerHeader: { defaultProps: { role: 'none' } },
    Modal: {
      defaultProps: { centered: true, radius: 'md', overlayProps: { backgroundOpacity: 0.4 } },
      styles: {
        content: { background: 'var(--surface-raised)', border: '1px solid var(--line)' },
        header: { background: 'var(--surface-raised)' },
        title: { fontSize: '1rem', fontWeight: 600 },
      },
    },
  },
});
