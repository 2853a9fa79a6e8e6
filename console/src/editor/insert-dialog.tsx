import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';
import type { Flow } from '@/flow/model';
import type { Slot } from '@/flow/steps';
import { CreateMain } from './create-main';
import { usePalette } from './flow-api';
import { insertion, matching, type Offer, offers, withRecent } from './palette';
import { type Choice, Picker } from './picker';
import type { Apply } from './use-edits';

const RECENT_COUNT = 5;

interface InsertDialogProps {
  flow: Flow;
  slot: Slot;
  apply: Apply;
  /** Something is put in: the key of what it is. */
  onDone: (key: string) => void;
  onClose: () => void;
}

/** What can be put in at a place, to be found by typing. */
export function InsertDialog({ flow, slot, apply, onDone, onClose }: InsertDialogProps) {
  const palette = usePalette();
  const [recent, setRecent] = useLocalStorage<string[]>({ key: 'clockhouse-recent-steps', defaultValue: [], getInitialValueInEffect: false });
  const [problem, setProblem] = useState<string | null>(null);
  const all = palette.data ? offers(palette.data, flow, slot) : [];
  const find = (question: string) => (question === '' ? withRecent(all, recent) : matching(all, question)).map(choiceOf);
  const insert = async (offer: Offer) => {
    const refused = await apply(insertion(offer));
    setProblem(refused);
    if (refused !== null) return;
    setRecent([offer.key, ...recent.filter((key) => key !== offer.key)].slice(0, RECENT_COUNT));
    onDone(offer.key);
  };
  return (
    <Picker
      title="Insert a step"
      placeholder="What should happen?"
      find={find}
      onPick={(choice) => void insert(choice.offer)}
      onClose={onClose}
      isLoading={palette.isPending}
      problem={problem ?? (palette.isError ? 'What there is to insert could not be loaded.' : null)}
    >
      {slot.block.length === 0 && (
        <CreateMain flow={flow} apply={apply} onDone={() => onDone('main')}>
          This file has no main yet: the function that the platform calls. Steps go into it.
        </CreateMain>
      )}
    </Picker>
  );
}

const choiceOf = (offer: Offer): Choice & { offer: Offer } => ({ key: offer.key, group: offer.group, title: offer.title, detail: offer.documentation, code: offer.code, offer });
