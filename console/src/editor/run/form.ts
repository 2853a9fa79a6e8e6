/** The form of a configuration, which pages put together from what deploying has: the editor draws none of its own. */
import type { Deployment, Setting } from '@/lib/types';

type Values = Readonly<Record<string, unknown>>;

export interface ConfigurationForm {
  fields: (props: {
    settings: readonly Setting[];
    values: Values;
    onChange: (name: string, value: unknown) => void;
    /** By the whole path: `configuration.url`. */
    errors: Readonly<Record<string, React.ReactNode>>;
    /** Secrets that have a value already, and whose it is. */
    kept: ReadonlySet<string>;
    keptBy: string;
  }) => React.ReactNode;
  /** What a field begins with: the deployed value, else what the code gives. */
  initial: (settings: readonly Setting[], like: Deployment | null) => Values;
  /** What is sent of it; secrets that are kept are left out. */
  sent: (settings: readonly Setting[], values: Values) => Record<string, unknown>;
  kept: (like: Deployment | null) => ReadonlySet<string>;
}

/** What is deployed where drafts take their values from. */
export interface Deployed {
  /** The environment. */
  slug: string;
  name: string;
  deployment: Deployment;
}
