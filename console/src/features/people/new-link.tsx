import { Checkbox, Modal } from '@mantine/core';
import { useState } from 'react';
import { CliHint } from '@/ui/cli-hint';
import { Confirm } from '@/ui/confirm';
import { useNewLink } from './api';
import { Told } from './invite';

interface NewLinkProps {
  opened: boolean;
  onClose: () => void;
  person: { called: string; name: string };
}

/** Asks what else is to end when somebody gets a fresh link to sign in with, and shows the link. */
export function NewLink({ opened, onClose, person }: NewLinkProps) {
  const [withTokens, setWithTokens] = useState(false);
  const link = useNewLink();
  const close = () => {
    link.reset();
    setWithTokens(false);
    onClose();
  };
  return (
    <>
      <Confirm
        opened={opened && link.data === undefined}
        onClose={close}
        title={`A new sign-in link for ${person.name}`}
        action="Make the link"
        onConfirm={() => link.mutate({ person: person.called, withdraw_tokens: withTokens })}
        busy={link.isPending}
        error={link.error}
      >
        For somebody who lost theirs, or the password. The password of now and all sessions end at once.
        <Checkbox
          mt="sm"
          mb="sm"
          label="Withdraw the access tokens, too"
          description="If somebody else may know the password. Programs that show such a token are refused from then on."
          checked={withTokens}
          onChange={(event) => setWithTokens(event.currentTarget.checked)}
        />
        <CliHint command={`person link ${person.called}${withTokens ? ' --withdraw-tokens' : ''}`} />
      </Confirm>
      <Modal
        opened={link.data !== undefined}
        onClose={close}
        title={`A new link for ${person.name}`}
        closeButtonProps={{ 'aria-label': 'Close' }}
        closeOnClickOutside={false}
      >
        {link.data && <Told person={link.data} onClose={close} />}
      </Modal>
    </>
  );
}
