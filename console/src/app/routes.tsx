import type { RouteObject } from 'react-router';
import { redirect } from 'react-router';
import { ComponentFrame } from './component-frame';
import { Crash } from './crash';
import { Frame } from './frame';
import { NotFound } from './not-found';

/** Each page is a module that exports `Component`, loaded when it is first opened. */
export const routes: RouteObject[] = [
  { path: '/sign-in', lazy: () => import('./pages/sign-in'), ErrorBoundary: Crash, HydrateFallback },
  { path: '/welcome', lazy: () => import('./pages/welcome'), ErrorBoundary: Crash, HydrateFallback },
  {
    path: '/',
    Component: Frame,
    ErrorBoundary: Crash,
    HydrateFallback,
    children: [
      {
        // Without a path, so that the frame stays around a page that crashes.
        ErrorBoundary: Crash,
        children: [
          { index: true, lazy: () => import('./pages/home') },
          { path: 'executions', lazy: () => import('./pages/all-executions') },
          { path: 'account', lazy: () => import('./pages/account') },
          { path: 'people', lazy: () => import('./pages/people') },
          { path: 'environments', lazy: () => import('./pages/environments') },
          { path: 'audit', lazy: () => import('./pages/audit') },
          { path: 'projects/:project', lazy: () => import('./pages/project') },
          { path: 'projects/:project/incidents', lazy: () => import('./pages/incidents') },
          { path: 'projects/:project/new', lazy: () => import('./pages/new-component') },
          {
            path: 'projects/:project/components/:component',
            Component: ComponentFrame,
            children: [
              {
                ErrorBoundary: Crash,
                children: [
                  { index: true, loader: () => redirect('overview') },
                  { path: 'overview', lazy: () => import('./pages/overview') },
                  { path: 'develop', lazy: () => import('./pages/develop') },
                  { path: 'build', lazy: () => import('./pages/builds') },
                  { path: 'build/:number', lazy: () => import('./pages/build') },
                  { path: 'deploy', lazy: () => import('./pages/deploy') },
                  { path: 'promote/:target?', lazy: () => import('./pages/promote') },
                  { path: 'executions', lazy: () => import('./pages/executions') },
                  { path: 'executions/:id', lazy: () => import('./pages/execution') },
                  { path: 'observe', lazy: () => import('./pages/observe') },
                  { path: 'settings', lazy: () => import('./pages/settings') },
                  { path: '*', Component: NotFound },
                ],
              },
            ],
          },
          { path: '*', Component: NotFound },
        ],
      },
    ],
  },
];

/** Nothing: the page's own skeleton follows in a moment, and a flash of another one would only disturb. */
function HydrateFallback() {
  return null;
}
