import { Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { useAllTokens } from './api';
import { TokenTable } from './token-table';

/** Everybody's tokens, and those that servers keep in their data directories. */
export function AllTokens() {
  const tokens = useAllTokens();
  return (
    <Section title="Tokens of everybody">
      <Async query={tokens} failed="The tokens could not be loaded.">
        {(all) => <TokenTable tokens={all} label="Tokens of everybody" withOwner />}
      </Async>
    </Section>
  );
}
