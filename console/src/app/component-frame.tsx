import {
  IconChartHistogram,
  IconCode,
  IconHammer,
  IconHome,
  IconListDetails,
  IconRocket,
  IconSettings,
} from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { useComponent } from '@/features/components/api';
import { addresses } from '@/lib/addresses';
import { isNotFound } from '@/lib/errors';
import { useComponentRef } from '@/ui/params';
import classes from './component-frame.module.css';
import { NotFound } from './not-found';

const PLACES = [
  { name: 'Overview', to: addresses.overview, Icon: IconHome },
  { name: 'Develop', to: addresses.develop, Icon: IconCode },
  { name: 'Build', to: addresses.builds, Icon: IconHammer },
  { name: 'Deploy', to: addresses.deploy, Icon: IconRocket },
  { name: 'Executions', to: addresses.executions, Icon: IconListDetails },
  { name: 'Observe', to: addresses.observe, Icon: IconChartHistogram },
  { name: 'Settings', to: addresses.settings, Icon: IconSettings },
] as const;

/** The rail of a component's places, beside the page; above it where the window is narrow. */
export function ComponentFrame() {
  const ref = useComponentRef();
  const { error, data } = useComponent(ref);
  const rail = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    // Where the rail is a bar that scrolls, the present place may be out of sight.
    rail.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pathname]);
  if (!data && isNotFound(error)) return <NotFound what={`There is no component “${ref.component}” in this project.`} />;
  return (
    <div className={classes['frame']}>
      <nav ref={rail} className={classes['rail']} aria-label="Component">
        <ul>
          {PLACES.map(({ name, to, Icon }) => (
            <li key={name}>
              <NavLink to={to(ref)} className={classes['place'] ?? ''}>
                <Icon size={17} stroke={1.7} aria-hidden />
                {name}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className={classes['main']}>
        <Outlet />
      </div>
    </div>
  );
}
