import type { Node, NodeProps } from '@xyflow/react';
import { VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconDots, IconMinus, IconX } from '@tabler/icons-react';
import { memo } from 'react';
import type { PlacedStep } from '@/flow/layout';
import { opens } from '@/flow/model';
import { lineOf, titleOf } from '@/flow/words';
import type { ChartProps } from './flow-chart';
import classes from './flow.module.css';
import type { StepMark } from './marks';
import { StepIcon } from './step-icon';

export interface StepData extends Record<string, unknown> {
  id: string;
  step: PlacedStep;
  /** Where it stands, for those who listen. */
  place: string;
  isSelected: boolean;
  /** The one step of the chart that Tab comes to. */
  isTabStop: boolean;
  isChosen: boolean;
  mark: StepMark | null;
  /** Why something that was typed into its form is not in the source. */
  refused: string | null;
  onSelect: (id: string) => void;
  onExtend: (id: string) => void;
  onFold: (id: string) => void;
  onOpen: (name: string) => void;
  onForm: ChartProps['onForm'];
  onMenu: ChartProps['onMenu'];
}
export type StepBox = Node<StepData, 'step'>;

/** One step of a chart. Typing changes few of them: all others stay as they are. */
export const StepNode = memo(Step, isAsBefore);

function Step({ data }: NodeProps<StepBox>) {
  const { id, step, isSelected, mark, onMenu } = data;
  const { node } = step;
  const opened = opens(node);
  const canFold = node.branches.length > 0 && opened === null;
  const line = lineOf(node);
  const warning = node.warning ?? (data.refused && `Not applied: ${data.refused}`);
  return (
    <div
      className={classes['step']}
      data-kind={node.kind}
      data-chosen={data.isChosen || undefined}
      data-selected={isSelected || undefined}
      data-wrong={Boolean(node.problem) || undefined}
      data-warned={warning !== null || undefined}
      data-off={node.is_off || undefined}
      data-run={mark?.state}
      data-stale={mark?.isStale || undefined}
      onContextMenu={(event) => {
        if (!onMenu) return;
        event.preventDefault();
        if (!data.isChosen) data.onSelect(id);
        onMenu({ x: event.clientX, y: event.clientY });
      }}
    >
      <button
        type="button"
        className={`${classes['step-main'] ?? ''} nopan`}
        data-step={id}
        tabIndex={data.isTabStop ? 0 : -1}
        aria-current={isSelected ? 'step' : undefined}
        title={node.problem ?? warning ?? (node.note ? `${node.note.text}\n${node.label}` : node.label)}
        // The focus comes before the click, and would choose this one alone.
        onMouseDown={(event) => {
          if (!event.shiftKey) return;
          event.preventDefault();
          data.onExtend(id);
        }}
        onClick={(event) => !event.shiftKey && data.onSelect(id)}
        onFocus={() => data.onSelect(id)}
        onDoubleClick={() => (opened === null ? data.onForm?.() : data.onOpen(opened))}
      >
        <StepIcon kind={node.kind === 'pass' && node.label === '...' ? 'code' : node.kind} />
        <span className={classes['words']}>
          <span className={classes['title']}>
            {titleOf(node)}
            {node.problem ? ' · not Python yet' : warning && <IconAlertTriangle className={classes['warning']} size={13} stroke={2} aria-hidden />}
          </span>{' '}
          {line && <span className={classes['line']}>{line}</span>}
        </span>
        <VisuallyHidden>
          . {data.place}
          {mark && `. ${mark.words}`}
          {data.refused !== null && `. Not applied: ${data.refused}`}
          {data.isChosen && '. Chosen'}
        </VisuallyHidden>
        {mark && <RunMark mark={mark} />}
      </button>
      {opened !== null && (
        <button type="button" className={`${classes['fold'] ?? ''} nopan`} tabIndex={-1} onClick={() => data.onOpen(opened)}>
          Open
        </button>
      )}
      {canFold && (
        <button type="button" className={`${classes['fold'] ?? ''} nopan`} tabIndex={-1} aria-label={step.isFolded ? `Unfold ${line || node.label}` : `Fold ${line || node.label}`} onClick={() => data.onFold(id)}>
          <span aria-hidden>{step.isFolded ? '+' : '−'}</span>
        </button>
      )}
      {onMenu && (
        <button
          type="button"
          className={`${classes['more'] ?? ''} nopan`}
          tabIndex={-1}
          aria-label={`What can be done with ${titleOf(node)} ${line}`.trim()}
          onClick={(event) => {
            const { left, bottom } = event.currentTarget.getBoundingClientRect();
            data.onSelect(id);
            onMenu({ x: left, y: bottom });
          }}
        >
          <IconDots size={15} aria-hidden />
        </button>
      )}
    </div>
  );
}

/** Whether two boxes look and do the same. */
export function isAsBefore({ data: before }: Pick<StepBox, 'data'>, { data: now }: Pick<StepBox, 'data'>): boolean {
  const acts = ['onSelect', 'onExtend', 'onFold', 'onOpen', 'onForm', 'onMenu', 'mark', 'refused'] as const;
  return looks(before) === looks(now) && acts.every((act) => before[act] === now[act]);
}

const looks = ({ id, step: { node, isFolded }, place, isSelected, isTabStop, isChosen }: StepData): string =>
  [id, node.kind, node.label, titleOf(node), lineOf(node), node.problem, node.warning, node.note?.text, node.is_off, opens(node), node.branches.length > 0, isFolded, place, isSelected, isTabStop, isChosen].join('\n');

/** What the last run says, at the end of a step's line. */
function RunMark({ mark }: { mark: StepMark }) {
  const Shown = { ran: IconCheck, failed: IconX, 'not run': IconMinus }[mark.state];
  return (
    <span className={classes['run']} title={mark.words} aria-hidden>
      <Shown size={13} stroke={2.2} />
      {mark.short}
    </span>
  );
}
