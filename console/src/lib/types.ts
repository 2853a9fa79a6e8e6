/** The names by which the console knows the shapes of the API's schema. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type AddedAgent = Schemas['AddedAgentBody'];
export type Agent = Schemas['AgentBody'];
export type Attempt = Schemas['AttemptBody'];
export type Backfill = Schemas['BackfillBody'];
export type Build = Schemas['BuildBody'];
export type BuildStatus = Build['status'];
export type Calendar = Schemas['CalendarBody'];
export type CalendarDay = Schemas['CalendarDay'];
export type Card = Schemas['CardBody'];
export type CatchUp = Schemas['CatchUpBody'];
export type ChangedConnection = Schemas['ChangedConnection'];
export type ChangedTrack = Schemas['ChangedTrack'];
export type Commit = Schemas['CommitBody'];
export type Component = Schemas['ComponentBody'];
export type ComponentSummary = Schemas['ComponentSummary'];
export type Connection = Schemas['ConnectionBody'];
export type Container = Schemas['ContainerBody'];
export type Credential = Schemas['CredentialBody'];
export type Cron = Schemas['CronBody'];
export type Delivery = Schemas['DeliveryBody'];
export type Declared = Schemas['DeclaredBody'];
export type DeclaredSetting = Schemas['DeclaredSetting'];
export type Deployment = Schemas['DeploymentBody'];
export type Environment = Schemas['EnvironmentBody'];
export type Execution = Schemas['ExecutionBody'];
export type ExecutionDetail = Schemas['ExecutionDetail'];
export type ExecutionPage = Schemas['ExecutionPage'];
export type Exclusion = Schemas['ExclusionBody'];
export type Failure = Schemas['FailureBody'];
export type FieldKind = Schemas['FlowField']['kind'];
export type FlowEdited = Schemas['FlowEdited'];
export type Frame = Schemas['FrameBody'];
export type Interval = Schemas['IntervalBody'];
export type Known = Schemas['KnownBody'];
export type Log = Schemas['LogBody'];
export type LogLine = Schemas['LogLineBody'];
export type Mapper = Schemas['MapperBody'];
export type MapperSource = Schemas['MapperSource'];
export type MapperTarget = Schemas['MapperTarget'];
export type NewBackfill = Schemas['NewBackfill'];
export type NewCommit = Schemas['NewCommit'];
export type NewComponent = Schemas['NewComponent'];
export type NewConnection = Schemas['NewConnection'];
export type NewDeployment = Schemas['NewDeployment'];
export type NewProject = Schemas['NewProject'];
export type NewPromotion = Schemas['NewPromotion'];
export type NewSchedule = Schemas['NewSchedule'];
export type NewSurvey = Schemas['NewSurvey'];
export type NewTrack = Schemas['NewTrack'];
export type Once = Schemas['OnceBody'];
export type NewTrial = Schemas['NewTrial'];
export type Noted = Schemas['NotedBody'];
/** One edit of a flow. */
export type Operation = Schemas['FlowEdit']['operation'];
export type Outcomes = Schemas['OutcomesBody'];
export type OutcomeBucket = Schemas['OutcomeBucket'];
export type Palette = Schemas['PaletteBody'];
export type Preview = Schemas['PreviewBody'];
export type Problem = Schemas['ProblemBody'];
export type Project = Schemas['ProjectBody'];
export type Promised = Schemas['PromiseBody'];
export type ChangedRecipe = Schemas['ChangedRecipe'];
export type Recipe = Schemas['RecipeBody'];
export type Reason = Schemas['ReasonBody'];
export type Retention = Schemas['RetentionBody'];
export type Retry = Schemas['RetryBody'];
export type Schedule = Schemas['ScheduleBody'];
export type Session = Schemas['SessionBody'];
export type Setting = Schemas['SettingBody'];
export type Source = Schemas['SourceBody'];
export type SourceFile = Schemas['FileBody'];
export type Step = Schemas['StepBody'];
export type Template = Schemas['TemplateBody'];
export type TrialEnd = Schemas['TrialEndBody'];
export type TrialNews = Schemas['TrialNews'];
export type Track = Schemas['TrackBody'];
export type Trigger = NewSchedule['trigger'];

export type Origin = Execution['origin'];
export type State = Execution['state'];

/** Names one component: the part of an address, a request's path and a query key. */
export interface ComponentRef {
  project: string;
  component: string;
}
export type SourceKind = Schemas['PlaceBody']['kind'];
export type Survey = Schemas['SurveyBody'];
