import { IconCode, IconHeartbeat, IconReportAnalytics, IconTemplate, IconUserOff } from '@tabler/icons-react';
import type { Template } from '@/lib/types';
import classes from './template-gallery.module.css';

interface TemplateGalleryProps {
  templates: readonly Template[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
}

/** The templates to choose from, and what the chosen one does. */
export function TemplateGallery({ templates, chosen, onChoose }: TemplateGalleryProps) {
  const explanation = templates.find((each) => each.key === chosen)?.explanation;
  return (
    <>
      <fieldset className={classes['gallery']}>
        <legend className={classes['legend']}>Template</legend>
        {templates.map((template) => (
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
      </fieldset>
      {explanation && (
        <p className={classes['explanation']} aria-live="polite">
          {explanation}
        </p>
      )}
    </>
  );
}

function iconOf(key: string) {
  const size = { size: 19, stroke: 1.6 };
  if (key.includes('health')) return <IconHeartbeat {...size} />;
  if (key.includes('issue') || key.includes('digest')) return <IconReportAnalytics {...size} />;
  if (key.includes('session')) return <IconUserOff {...size} />;
  if (key === 'blank') return <IconCode {...size} />;
  return <IconTemplate {...size} />;
}
