import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { Drawn } from '@/flow/mapping';
import { nodeOf } from '@/flow/mapping';
import { titleOf } from '@/flow/words';
import type { ComponentRef } from '@/lib/types';
import type { Draft } from './draft';
import classes from './editor.module.css';
import type { Drafts } from './form/drafts';
import { StepForm } from './form/step-form';
import { SettingsPanel } from './settings/settings-panel';
import type { StepEvidence } from './run/evidence';
import { RunPanel } from './run/run-panel';
import { StepRun } from './run/step-run';
import type { Apply } from './use-edits';

/** What can stand beside the code and the flow. */
export type PanelName = 'step' | 'settings' | 'run';

/** What every panel gets. */
export interface PanelProps {
  component: ComponentRef;
  /** The files, saved and not. */
  draft: Draft;
  /** The file that is edited. */
  path: string;
  /** The newest flow, perhaps of a text that was typed on since; null before the first. */
  drawn: Drawn | null;
  /** The step that is selected, in whichever view. */
  selected: string | null;
  apply: Apply;
  /** The text as it is edited, with `\n` at the ends of lines. */
  getText: () => string;
  /** Shows a place of the text: in the flow, and in the code when that is in view. */
  onGo: (place: number) => void;
  onClose: () => void;
}

/** A panel about the selected step. */
export interface StepPanelProps extends PanelProps {
  drawn: Drawn;
  selected: string;
  drafts: Drafts;
}

const TITLES: Record<PanelName, string> = { step: 'Step', settings: 'Configuration', run: 'Run' };

interface SidePanelProps extends PanelProps {
  name: PanelName;
  /** What is typed into forms of steps and not in the source. */
  drafts: Drafts;
  /** What a run has shown of steps, by their ids. */
  known: ReadonlyMap<string, StepEvidence>;
}

/** One panel beside the views: Escape closes it. */
export function SidePanel({ name, known, drafts, ...props }: SidePanelProps) {
  const { drawn, selected, onClose } = props;
  const node = drawn && nodeOf(drawn, selected);
  const shown = name !== 'settings' && node && selected ? known.get(selected) : undefined;
  const run = shown && node && <StepRun node={node} known={shown} isNamed={name === 'run'} />;
  const title = name === 'step' && node ? titleOf(node) : TITLES[name];
  return (
    <section
      className={classes['panel']}
      aria-label={TITLES[name]}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.stopPropagation();
        onClose();
      }}
    >
      <div className={classes['panel-head']}>
        <h2>{title}</h2>
        <ActionIcon size="sm" aria-label={`Close ${TITLES[name]}`} onClick={onClose}>
          <IconX size={15} aria-hidden />
        </ActionIcon>
      </div>
      <div className={classes['panel-body']} data-panel-body>
        {name === 'settings' && <SettingsPanel {...props} />}
        {name === 'run' && <RunPanel step={run} />}
        {name === 'step' && run}
        {name === 'step' && (node && drawn && selected ? <StepForm drawn={drawn} selected={selected} apply={props.apply} drafts={drafts} /> : <p className={classes['panel-none']}>Select a step to see what it is made of.</p>)}
      </div>
    </section>
  );
}
