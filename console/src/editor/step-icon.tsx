import {
  IconArrowBackUp,
  IconArrowsLeftRight,
  IconArrowsSplit2,
  IconBox,
  IconBraces,
  IconChecks,
  IconCircleDashed,
  IconClock,
  IconEqual,
  IconFunction,
  IconHash,
  IconLock,
  IconMessage,
  IconPackageImport,
  IconPlayerSkipForward,
  IconPlugConnected,
  IconRepeat,
  IconSettings,
  IconShield,
  IconTransform,
  IconWorld,
  IconX,
  type Icon,
} from '@tabler/icons-react';
import type { Kind } from '@/flow/model';

const ICONS: Record<Kind, Icon> = {
  doc: IconHash,
  comment: IconHash,
  import: IconPackageImport,
  config: IconSettings,
  setting: IconSettings,
  connection: IconPlugConnected,
  function: IconFunction,
  class: IconBox,
  variable: IconEqual,
  assign: IconEqual,
  call: IconFunction,
  data_map_call: IconTransform,
  connector_call: IconArrowsLeftRight,
  http_call: IconWorld,
  log: IconMessage,
  wait: IconClock,
  if: IconArrowsSplit2,
  match: IconArrowsSplit2,
  foreach: IconRepeat,
  while: IconRepeat,
  try: IconShield,
  with: IconLock,
  return: IconArrowBackUp,
  raise: IconX,
  break: IconPlayerSkipForward,
  continue: IconPlayerSkipForward,
  pass: IconCircleDashed,
  check: IconChecks,
  code: IconBraces,
};

/** A mark for a kind of step; words beside it say the same. */
export function StepIcon({ kind }: { kind: Kind }) {
  const Shown = ICONS[kind];
  return <Shown size={16} stroke={1.7} aria-hidden />;
}
