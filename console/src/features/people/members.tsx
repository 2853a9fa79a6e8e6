import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { useMembers } from './api';
import { GiveRole } from './give-role';
import classes from './people.module.css';
import { Who } from './people';
import { RoleList } from './role-list';

/** Who may do something in a project; `canChange` tells whether the reader gives roles there. */
export function Members({ project, canChange }: { project: string; canChange: boolean }) {
  const members = useMembers(project);
  const [adding, { open, close }] = useDisclosure();
  const add = canChange && (
    <Button variant="default" size="compact-sm" onClick={open}>
      Add a member…
    </Button>
  );
  return (
    <Section title="Members" aside={add}>
      <Async query={members} loading={null} failed="The members could not be loaded.">
        {(all) => (
          <div className={classes['panel']}>
            <table className={classes['table']} aria-label="Members">
              <thead>
                <tr>
                  <th scope="col">Who</th>
                  <th scope="col">Roles that reach this project</th>
                </tr>
              </thead>
              <tbody>
                {all.map((each) => (
                  <tr key={each.id}>
                    <th scope="row">
                      <Who person={each} />
                    </th>
                    <td data-wide>
                      <RoleList person={each} isOurs={(grant) => canChange && grant.project === project} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Async>
      <GiveRole opened={adding} onClose={close} project={project} />
    </Section>
  );
}
