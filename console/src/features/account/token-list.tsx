import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import { Section } from '@/ui/page';
import { Async, Empty } from '@/ui/states';
import { useTokens } from './api';
import { NewTokenDialog } from './new-token';
import { TokenTable } from './token-table';

/** One's personal access tokens. */
export function TokenList() {
  const tokens = useTokens();
  const [making, { open, close }] = useDisclosure();
  const make = (
    <Button variant="default" size={tokens.data?.length ? 'compact-sm' : 'sm'} onClick={open}>
      New token…
    </Button>
  );
  return (
    <Section title="Tokens" aside={Boolean(tokens.data?.length) && make}>
      <Async query={tokens} failed="Your tokens could not be loaded.">
        {(all) =>
          all.length === 0 ? (
            <Empty icon={<IconKey size={22} stroke={1.6} />} title="No token" action={make}>
              A program shows a token to act in your name: the command line on another machine, a pipeline, an agent.
            </Empty>
          ) : (
            <TokenTable tokens={all} label="Your tokens" />
          )
        }
      </Async>
      <NewTokenDialog opened={making} onClose={close} />
    </Section>
  );
}
