import { TextInput } from '@mantine/core';
import {
  IconBell,
  IconBrandGithub,
  IconBucket,
  IconCloudRain,
  IconCode,
  IconCoins,
  IconDatabaseExclamation,
  IconDatabaseOff,
  IconHeartbeat,
  IconReportAnalytics,
  IconSearch,
  IconTemplate,
  IconUserOff,
  IconUsers,
} from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { Template } from '@/lib/types';
import { Markdown } from '@/ui/markdown';
import classes from './template-gallery.module.css';

interface TemplateGalleryProps {
  templates: readonly Template[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
}

/** The templates to choose from, by what they are for; beside them, a page about the chosen one. */
export function TemplateGallery({ templates, chosen, onChoose }: TemplateGalleryProps) {
  const [wanted, setWanted] = useState('');
  const found = templates.filter((each) => matches(each, wanted));
  const shown = templates.find((each) => each.key === chosen);
  return (
    <div className={classes['halves']}>
      <div className={classes['choice']}>
        <TextInput
          type="search"
          aria-label="Search templates"
          placeholder="Search, also by what they use"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <fieldset className={classes['gallery']}>
          <legend className={classes['legend']}>Template</legend>
          {groupsOf(found).map(([group, members]) => (
            <Group key={group} name={group} members={members} chosen={chosen} onChoose={onChoose} />
          ))}
        </fieldset>
        <p role="status" className={classes['none']}>
          {found.length === 0 && `No template is about “${wanted.trim()}”. Hello is a good beginning for anything.`}
        </p>
      </div>
      {shown && <About template={shown} />}
    </div>
  );
}

interface GroupProps {
  name: string;
  members: readonly Template[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
}

function Group({ name, members, chosen, onChoose }: GroupProps) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className={classes['group']}>
      <h3 id={id} className={classes['groupName']}>
        {name}
      </h3>
      {members.map((template) => (
        <label key={template.key} className={classes['card']}>
          <input
            type="radio"
            name="template"
            value={template.key}
            checked={template.key === chosen}
            onChange={() => onChoose(template.key)}
          />
          <span className={classes['icon']} aria-hidden>
            {iconOf(template.key)}
          </span>
          <span className={classes['title']}>{template.title}</span>
          <span className={classes['summary']}>{template.summary}</span>
        </label>
      ))}
    </div>
  );
}

function About({ template }: { template: Template }) {
  return (
    <section className={classes['about']} aria-label={`About ${template.title}`} aria-live="polite" tabIndex={0}>
      <p className={classes['aboutTitle']}>{template.title}</p>
      {template.connectors.length > 0 && <p className={classes['uses']}>Uses {template.connectors.join(', ')}</p>}
      <Markdown>{template.explanation}</Markdown>
    </section>
  );
}

const matches = (template: Template, wanted: string): boolean => {
  const text = [template.title, template.summary, template.group, ...template.connectors].join(' ').toLowerCase();
  return wanted.toLowerCase().trim().split(/\s+/).every((word) => text.includes(word));
};

/** The groups in the order of their first templates. */
function groupsOf(templates: readonly Template[]): [string, Template[]][] {
  const groups = new Map<string, Template[]>();
  for (const each of templates) groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
  return [...groups];
}

const ICONS: Readonly<Record<string, typeof IconTemplate>> = {
  'health-check': IconHeartbeat,
  'issue-summary': IconReportAnalytics,
  'session-log': IconUserOff,
  'weather-report': IconCloudRain,
  'exchange-rate': IconCoins,
  'new-customers': IconUsers,
  'issues-table': IconBrandGithub,
  'due-reminders': IconBell,
  'folder-sync': IconBucket,
  'table-check': IconDatabaseExclamation,
  'database-cleanup': IconDatabaseOff,
  blank: IconCode,
};

function iconOf(key: string) {
  const Icon = ICONS[key] ?? IconTemplate;
  return <Icon size={19} stroke={1.6} />;
}
