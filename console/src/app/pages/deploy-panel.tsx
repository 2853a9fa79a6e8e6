import { useBuild } from '@/features/builds/api';
import { useConfiguration } from '@/features/configuration/api';
import { valuesFor } from '@/features/configuration/words';
import { useDeclaration } from '@/features/declarations/api';
import { SaidNote } from '@/features/declarations/said-note';
import { limitsSaid } from '@/features/declarations/words';
import { DeployDrawer } from '@/features/deployments/deploy-drawer';
import { DeployForm, type DeployFormProps } from '@/features/deployments/deploy-form';
import { secretsIn, secretsOf } from '@/features/deployments/wish';
import { newSchedule } from '@/features/schedules/draft';
import { TriggerWords } from '@/features/schedules/preview';
import { SchedulesEditor } from '@/features/schedules/schedules-editor';
import { localZone } from '@/lib/time';
import type { Build, Card, ComponentRef, DeclaredEnvironment, Deployment, Trigger } from '@/lib/types';
import { Async, Empty, Loading } from '@/ui/states';
import { useDeployAddress } from './deploy-address';

interface DeployPanelProps {
  component: ComponentRef;
  cards: readonly Card[];
  builds: readonly Build[];
  deployments: readonly Deployment[];
}

/** The form that the address asks for: a build to an environment. */
export function DeployPanel(props: DeployPanelProps) {
  const { state, close } = useDeployAddress();
  const target = props.cards.find((card) => card.environment.slug === state.deploy);
  const title = target && `Deploy to ${target.environment.name}`;
  return (
    <DeployDrawer opened={target !== undefined} title={title ?? ''} onClose={close}>
      {target && <Deploying {...props} target={target} />}
    </DeployDrawer>
  );
}

interface ToTarget extends DeployPanelProps {
  target: Card;
}

function Deploying({ builds, target, deployments, ...rest }: ToTarget) {
  const { state } = useDeployAddress();
  const number = state.build ?? builds.find((build) => build.status === 'succeeded')?.number;
  const previous = deployments.find((each) => each.environment === target.environment.slug) ?? null;
  const like = deployments.find((each) => each.id === state.like) ?? target.deployment ?? previous;
  const configuration = useConfiguration(rest.component);
  const values = configuration.data && !state.like ? valuesFor(configuration.data, target.environment.slug) : undefined;
  const kept = values ? secretsIn(values) : secretsOf(target.deployment ?? previous);
  if (configuration.isPending) return <Loading lines={6} />;
  if (number === undefined) return <Empty title="There is no build to deploy yet">Build the newest commit first.</Empty>;
  return <WithBuild {...rest} builds={builds} number={number} target={target} source={null} like={like} {...(values && { values })} kept={kept} keptBy="the present value stays" />;
}

interface WithBuildProps {
  component: ComponentRef;
  builds: readonly Build[];
  number: number;
  target: Card;
  source: Card | null;
  like: Deployment | null;
  values?: Deployment['configuration'];
  kept: ReadonlySet<string>;
  keptBy: string;
  /** Of a promotion: what it changes, and why it cannot be made as it is. */
  outlook?: DeployFormProps['outlook'];
  blocked?: string | null;
  /** Leaves the form; closes the panel when not given. */
  onClose?: () => void;
}

/** The form, once the build and what its file says are known. */
export function WithBuild({ component, builds, number, target, source, like, values, kept, keptBy, outlook, blocked = null, onClose }: WithBuildProps) {
  const { set, close } = useDeployAddress();
  const listed = builds.find((each) => each.number === number);
  const asked = useBuild(component, number, listed === undefined);
  const declaration = useDeclaration(component, number);
  const by = declaration.data?.in_force ?? null;
  const said = by?.environments[target.environment.slug];
  const schedules = said?.schedules ?? null;
  const words = (trigger: Trigger) => <TriggerWords trigger={trigger} />;
  if (declaration.isPending) return <Loading lines={6} />;
  return (
    <Async query={listed ? { ...asked, data: listed } : asked} loading={<Loading lines={6} />} failed={`Build ${number} could not be loaded.`}>
      {(found) => (
        <DeployForm
          key={by?.text ?? ''}
          component={component}
          target={target.environment}
          source={source?.environment ?? null}
          theirs={source?.deployment ?? null}
          build={found}
          builds={builds.filter((each) => each.status === 'succeeded' && each.retired_at === null)}
          onBuild={(chosen) => set({ build: String(chosen) })}
          current={target.deployment}
          like={like}
          {...((values || said) && { values: { ...(values ?? like?.configuration), ...plain(said) } })}
          kept={kept}
          keptBy={keptBy}
          schedules={schedules}
          {...(by && said && { said: { names: new Set(Object.keys(said.configuration)), by: by.words } })}
          schedulesAtFirst={[newSchedule('interval', localZone())]}
          schedulesField={(field) =>
            by && schedules ? (
              <SaidNote by={by} limits={said ? limitsSaid(said) : ''} schedules={schedules} words={words} />
            ) : (
              <SchedulesEditor {...field} spread={`${component.project}/${component.component}`} environment={target.environment.slug} calendar={!outlook} />
            )
          }
          words={words}
          {...(outlook && { outlook })}
          blocked={blocked}
          onClose={onClose ?? close}
        />
      )}
    </Async>
  );
}

/** The values that the component's file says, as those of a deployment. */
const plain = (said: DeclaredEnvironment | undefined): Deployment['configuration'] =>
  Object.fromEntries(Object.entries(said?.configuration ?? {}).map(([name, value]) => [name, { value, is_secret: false }]));
