/** The kinds of channels: how they are called, drawn, and how their addresses look. */
import { IconBell, IconBrandDiscord, IconBrandGoogle, IconBrandSlack, IconBrandTeams, IconBrandTelegram, IconMail, IconWebhook } from '@tabler/icons-react';

interface Look {
  label: string;
  Icon: typeof IconBell;
}

const LOOKS: Readonly<Record<string, Look>> = {
  email: { label: 'Mail', Icon: IconMail },
  slack: { label: 'Slack', Icon: IconBrandSlack },
  ms_teams: { label: 'Microsoft Teams', Icon: IconBrandTeams },
  google_chat: { label: 'Google Chat', Icon: IconBrandGoogle },
  webhook: { label: 'Webhook', Icon: IconWebhook },
  discord: { label: 'Discord', Icon: IconBrandDiscord },
  telegram: { label: 'Telegram', Icon: IconBrandTelegram },
};

/** Of a kind that is not in the list, its name in words. */
export function lookOf(kind: string): Look {
  const words = kind.replaceAll('_', ' ');
  return LOOKS[kind] ?? { label: words.charAt(0).toUpperCase() + words.slice(1), Icon: IconBell };
}

export interface Form {
  label: string;
  /** What an address looks like. */
  example: string;
  /** Where one gets it, and what is to be known. */
  advice: string;
}

/** What the form offers; the address itself says which it is. */
export const FORMS: Readonly<Record<string, Form>> = {
  email: {
    label: 'Mail',
    example: 'mailtos://user:password@smtp.example.com?from=clockhouse@example.com&to=ops@example.com',
    advice: 'The server that sends it, with the user and password there; several receivers are separated by commas. A character such as @ in a password is written %40.',
  },
  slack: {
    label: 'Slack',
    example: 'https://hooks.slack.com/services/T0000/B0000/xxxxxxxx',
    advice: 'The address of an incoming webhook: Slack gives one for each channel, under “Incoming Webhooks” of an app.',
  },
  ms_teams: {
    label: 'Microsoft Teams',
    example: 'https://….logic.azure.com:443/workflows/…/triggers/manual/paths/invoke?…&sig=…',
    advice: 'The address of a workflow “Post to a channel when a webhook request is received”.',
  },
  google_chat: {
    label: 'Google Chat',
    example: 'https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…',
    advice: 'The address of a webhook: in the space, under “Apps & integrations”.',
  },
  webhook: {
    label: 'Webhook',
    example: 'https://example.com/hooks/alerts',
    advice: 'JSON with title, text, type and link is posted to it.',
  },
  other: {
    label: 'Another',
    example: 'tgram://bot-token/chat-id',
    advice: 'Telegram, ntfy, Pushover, PagerDuty, Opsgenie and a hundred more: their addresses are as the library Apprise writes them.',
  },
};
