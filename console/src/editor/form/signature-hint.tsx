import { Fragment } from 'react';
import { Sentence } from '@/ui/sentence';
import classes from './form.module.css';
import { callAt, type Parameter, type Signature } from './signature';

interface SignatureHintProps {
  id: string;
  /** Where somebody types; null when nobody does. */
  call: { text: string; at: number } | null;
  signatureOf: ((name: string) => Signature | null) | undefined;
}

/** What the call takes that is being typed, with the argument that the cursor is in. */
export function SignatureHint({ id, call, signatureOf }: SignatureHintProps) {
  const called = call && callAt(call.text, call.at);
  const signature = called ? (signatureOf?.(called.name) ?? null) : null;
  const present = signature && called ? parameterAt(signature, called.argument) : null;
  return (
    <div id={id} className={classes['signature']} hidden={!signature}>
      {signature && called && (
        <>
          <code>
            {called.name}(
            {signature.parameters.map((each, index) => (
              <Fragment key={each.name}>
                {index > 0 && ', '}
                {each === present ? <strong>{wordsOf(each)}</strong> : wordsOf(each)}
              </Fragment>
            ))}
            ){signature.returns && ` -> ${signature.returns}`}
          </code>
          {present?.documentation && <span><Sentence>{present.documentation}</Sentence></span>}
        </>
      )}
    </div>
  );
}

function parameterAt({ parameters }: Signature, argument: number | string): Parameter | null {
  if (typeof argument === 'string') return parameters.find((each) => each.name === argument) ?? null;
  return parameters.filter((each) => !each.is_keyword)[argument] ?? null;
}

const wordsOf = (parameter: Parameter): string =>
  `${parameter.name}${parameter.type && `: ${parameter.type}`}${parameter.default === null ? '' : ` = ${parameter.default}`}`;
