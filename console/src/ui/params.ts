/** What the address of a page names. */
import { useMemo } from 'react';
import { useParams } from 'react-router';
import type { ComponentRef } from '@/lib/types';

/** The component that the present page is about. */
export function useComponentRef(): ComponentRef {
  const { project = '', component = '' } = useParams();
  return useMemo(() => ({ project, component }), [project, component]);
}
