import { Button, Select, Text } from '@mantine/core';
import { Fragment, useEffect, useMemo, useRef, useState } from 'react';
import { shortSha, subject } from '@/lib/format';
import { toApiError } from '@/lib/errors';
import type { Build, ComponentRef, Deployment, Environment, NewPromotion, NewSchedule, Trigger } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Commit } from '@/ui/commit';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { useAsk, useDeploy, usePromote } from './api';
import { ChangeList } from './change-list';
import { apartFrom, type Change, changesBetween, type Part, planOf, planOfWish } from './changes';
import { ContainerFields } from './container-fields';
import { deployCommand, promoteCommand } from './command';
import { ConfigurationFields } from './configuration-fields';
import classes from './deploy-form.module.css';
import { askedIn, AT_ONCE, type Landing, LandingFields } from './landing';
import { LimitsFields } from './limits-fields';
import { TakeOver } from './take-over';
import { beginWith, carryOver, isSecretWish, taking, toConfiguration, type Wish } from './wish';

export interface SchedulesFieldProps {
  value: readonly NewSchedule[];
  onChange: (schedules: NewSchedule[]) => void;
  errors: Readonly<Record<string, string>>;
}

export interface DeployFormProps {
  component: ComponentRef;
  target: Environment;
  /** The environment that is promoted; null when a build is deployed. */
  source: Environment | null;
  /** What the source has, whose values can be taken over. */
  theirs: Deployment | null;
  build: Build;
  /** What else could be deployed, newest first. */
  builds: readonly Build[];
  onBuild: (number: number) => void;
  /** What runs in the target now. */
  current: Deployment | null;
  /** Whose values the form begins with. */
  like: Deployment | null;
  /** What is set for the target, which the form begins with; `like`'s values if not given. */
  values?: Deployment['configuration'];
  /** The secrets that have a value already, and where it comes from. */
  kept: ReadonlySet<string>;
  keptBy: string;
  /** What the component's file says of them, and nobody else then can; null where it says nothing. */
  schedules?: NewSchedule[] | null;
  /** The values that the component's file says, and whose file it is. */
  said?: { names: ReadonlySet<string>; by: string };
  /** What a first deployment is offered. */
  schedulesAtFirst: NewSchedule[];
  schedulesField: (props: SchedulesFieldProps) => React.ReactNode;
  words: (trigger: Trigger) => React.ReactNode;
  /** Shows what a promotion would change: told the wish without the texts of secrets, and the names of those. */
  outlook?: (wish: Omit<NewPromotion, 'watch'>, secrets: ReadonlySet<string>) => React.ReactNode;
  /** Why it cannot be done as it is. */
  blocked?: string | null;
  onClose: () => void;
}

/** Configuration, then the schedule, then what changes by it. */
export function DeployForm(props: DeployFormProps) {
  const { component, target, source, build, current, like, kept, words, onClose } = props;
  const values = props.values ?? like?.configuration;
  const [wish, setWish] = useState<Wish>(() => {
    const begun = beginWith(build.settings, like, kept, props.schedulesAtFirst, values);
    return props.schedules ? { ...begun, schedules: props.schedules } : begun;
  });
  const [landing, setLanding] = useState(AT_ONCE);
  const [begun, setBegun] = useState(0);
  const { submit, errors, forget, failure, busy } = useSubmit(props, wish, landing);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (failure) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [failure]);

  const change = (part: Partial<Wish>, ...paths: string[]) => {
    setWish({ ...wish, ...part });
    forget(paths);
  };
  const changes = useMemo(
    () => (current ? changesBetween(planOf(current), planOfWish(build.number, build.settings, wish)) : []),
    [current, build, wish],
  );
  const theirs = useMemo(() => beginWith(build.settings, props.theirs, kept, []), [build, props.theirs, kept]);
  const takeable = useMemo(() => build.settings.filter(({ name }) => !props.said?.names.has(name)), [build, props.said]);
  const apart = useMemo(() => (source ? apartFrom(wish, theirs, takeable) : []), [source, wish, theirs, takeable]);
  const outlook = useMemo(() => (source ? withoutTexts(wish, build.settings, source, target) : null), [wish, build, source, target]);
  const take = (parts: readonly Change[]) => {
    setWish(parts.reduce((taken, part) => taking(taken, theirs, part), wish));
    setBegun(begun + 1);
  };
  const takeOver = (...parts: Part[]) => source && <TakeOver source={source.name} apart={apart.filter(({ part }) => parts.includes(part))} words={words} onTake={take} />;
  const command = source
    ? promoteCommand({ ref: component, source: source.slug, target: target.slug, settings: build.settings, wish, theirs })
    : deployCommand({ ref: component, environment: target.slug, build: build.number, settings: build.settings, wish });

  return (
    <form
      ref={form}
      noValidate
      className={classes['form']}
      data-page={source ? true : undefined}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={classes['body']} tabIndex={-1} data-autofocus>
        <WhichBuild
          {...props}
          error={errors['build']}
          onBuild={(number, settings) => {
            setWish(carryOver(wish, build.settings, settings, values, kept));
            props.onBuild(number);
          }}
        />
        {source && <Text size="sm" c="dimmed" className={classes['begin']}>{begunWith(source, target, current, like)}</Text>}
        <Step number={1} title="Configuration">
          {build.settings.length === 0 ? (
            <Text size="sm" c="dimmed">The code of this build asks for no values.</Text>
          ) : (
            <ConfigurationFields
              settings={build.settings}
              values={wish.configuration}
              onChange={(name, value) => change({ configuration: { ...wish.configuration, [name]: value } }, `configuration.${name}`)}
              errors={errors}
              kept={kept}
              keptBy={props.keptBy}
              {...(props.said && { said: props.said })}
            />
          )}
          {takeOver('setting')}
        </Step>
        <Step number={2} title="Schedule">
          {/* Fields that hold something of their own begin anew with other values. */}
          <Fragment key={begun}>{props.schedulesField({ value: wish.schedules, onChange: (schedules) => change({ schedules }, 'schedules'), errors })}</Fragment>
          {takeOver('schedules')}
          <LimitsFields
            key={`limits ${begun}`}
            timeOut={wish.time_out_s}
            retry={wish.retry}
            onTimeOut={(time_out_s) => change({ time_out_s }, 'time_out_s')}
            onRetry={(retry) => change({ retry }, 'retry')}
            atOnce={wish.at_once}
            onAtOnce={(at_once) => change({ at_once }, 'at_once')}
            errors={errors}
          />
          {(target.data_plane === 'docker' || Object.values(wish.container).some((each) => each !== null)) && (
            <ContainerFields key={`container ${begun}`} value={wish.container} onChange={(container) => change({ container }, 'container')} errors={errors} />
          )}
          {takeOver('time_out_s', 'retry', 'at_once', 'container')}
        </Step>
        <Step number={3} title={`What changes in ${target.name}`}>
          {current ? (
            changes.length > 0 ? (
              <ChangeList changes={changes} words={words} />
            ) : (
              <Text size="sm" c="dimmed">Nothing: this is what is deployed there now.</Text>
            )
          ) : (
            <Text size="sm" c="dimmed">Nothing is deployed there now. The first execution comes at the first due time, never at once.</Text>
          )}
          {current?.pause && <Text size="sm" c="dimmed">{target.name} is paused and stays paused until somebody resumes it.</Text>}
          {outlook && props.outlook?.(outlook.posted, outlook.secrets)}
          <LandingFields target={target} current={current} hasSchedule={wish.schedules.length > 0} value={landing} onChange={setLanding} />
        </Step>
      </div>
      <footer className={classes['footer']}>
        {failure && (
          <div role="alert" className={classes['failure']}>
            {[failure.message, ...strangers(errors, build)].join(' ')}
          </div>
        )}
        {props.blocked && !failure && (
          <p role="status" className={classes['blocked']}>
            {props.blocked}
          </p>
        )}
        <div className={classes['actions']}>
          <CliHint command={command} />
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <May do="operate" environment={askedIn(target)}>
            <Button type="submit" loading={busy} disabled={Boolean(props.blocked)}>
              {actionOf(source !== null, target)}
            </Button>
          </May>
        </div>
      </footer>
    </form>
  );
}

function actionOf(promotes: boolean, target: Environment): string {
  if (target.approval) return `Ask to ${promotes ? 'promote' : 'deploy'} to ${target.name}`;
  return `${promotes ? 'Promote' : 'Deploy'} to ${target.name}`;
}

/** What would be posted, but for what somebody typed as a secret: whether it is given is all that is looked at. */
function withoutTexts(wish: Wish, settings: Build['settings'], source: Environment, target: Environment): { posted: Omit<NewPromotion, 'watch'>; secrets: ReadonlySet<string> } {
  const { configuration, ...rest } = wish;
  const typed = Object.entries(configuration).filter(([, value]) => isSecretWish(value) && value.secret === 'replace' && value.text !== '');
  const secrets = new Set(typed.map(([name]) => name));
  const told = toConfiguration(settings.filter(({ name }) => !secrets.has(name)), configuration);
  return { posted: { ...rest, configuration: told, source: source.slug, target: target.slug }, secrets };
}

function useSubmit({ component, target, source, build, onClose }: DeployFormProps, wish: Wish, { watch, note }: Landing) {
  const deploy = useDeploy(component);
  const promote = usePromote(component);
  const ask = useAsk(component);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const done = () => {
    notifyDone(target.approval ? `Others are asked to approve of build ${build.number} in ${target.name}.` : `Build ${build.number} is deployed to ${target.name}.`);
    onClose();
  };
  const refused = (error: unknown) => setErrors(toApiError(error).fields);
  const submit = () => {
    setErrors({});
    const { schedules, time_out_s, retry, at_once, container } = wish;
    const isWatched = watch && schedules.length > 0;
    const body = { configuration: toConfiguration(build.settings, wish.configuration), schedules, time_out_s, retry, at_once, container, watch: isWatched };
    const promotion = source && { ...body, source: source.slug, target: target.slug };
    const deployment = { ...body, environment: target.slug, build: build.number };
    const then = { onSuccess: done, onError: refused };
    if (target.approval) ask.mutate({ ...(promotion ? { promotion } : { deployment }), note: note.trim() }, then);
    else if (promotion) promote.mutate(promotion, then);
    else deploy.mutate(deployment, then);
  };
  const thrown = deploy.error ?? promote.error ?? ask.error;
  const failure = useMemo(() => (thrown ? toApiError(thrown) : null), [thrown]);
  /** A sentence about a value that has been changed since is not true any more. */
  const forget = (paths: readonly string[]) =>
    setErrors((known) => Object.fromEntries(Object.entries(known).filter(([path]) => !paths.some((each) => path === each || path.startsWith(`${each}.`)))));
  return { submit, errors, forget, failure, busy: deploy.isPending || promote.isPending || ask.isPending };
}

/** Sentences about what has no field here. */
function strangers(errors: Readonly<Record<string, string>>, build: Build): string[] {
  const names = new Set(build.settings.map((setting) => `configuration.${setting.name}`));
  return Object.entries(errors)
    .filter(([path]) => !names.has(path) && !/^(schedules\.|retry|container|time_out_s$|build$)/.test(path))
    .map(([, sentence]) => sentence);
}

function Step({ number, title, children }: { number: number; title: string; children: React.ReactNode }) {
  return (
    <section className={classes['step']} aria-label={title}>
      <h3 className={classes['stepTitle']}>
        <span aria-hidden className={classes['stepNumber']}>
          {number}
        </span>
        {title}
      </h3>
      <div className={classes['stepBody']}>{children}</div>
    </section>
  );
}

/** Whose values a promotion begins with. */
function begunWith(source: Environment, target: Environment, current: Deployment | null, like: Deployment | null): string {
  if (current) return `Configuration, schedule and limits are ${target.name}’s own. What differs in ${source.name} stands below each.`;
  if (like?.environment === target.slug) return `Configuration, schedule and limits are those that ${target.name} had last.`;
  return `${target.name} has had nothing yet: these are the values of ${source.name}.`;
}

interface WhichBuildProps extends Omit<DeployFormProps, 'onBuild'> {
  onBuild: (number: number, settings: Build['settings']) => void;
  error: string | undefined;
}

function WhichBuild({ build, builds, onBuild, source, error }: WhichBuildProps) {
  const choices = builds.some((each) => each.number === build.number) ? builds : [build, ...builds];
  if (source || choices.length < 2) {
    return (
      <div className={classes['build']}>
        <span className={classes['buildNumber']}>Build {build.number}</span>
        <Commit commit={build.commit} />
      </div>
    );
  }
  return (
    <Select
      label="Build"
      size="sm"
      data={choices.map(({ number, commit }) => ({ value: String(number), label: `Build ${number} · ${subject(commit.message)} · ${shortSha(commit.sha)}` }))}
      value={String(build.number)}
      allowDeselect={false}
      onChange={(value) => {
        const chosen = choices.find((each) => String(each.number) === value);
        if (chosen) onBuild(chosen.number, chosen.settings);
      }}
      error={error}
    />
  );
}
