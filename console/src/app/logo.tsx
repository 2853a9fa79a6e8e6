/** The house with a clock in it. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden style={{ display: 'block' }}>
      <path d="M16 1.5 29.5 11.2V27a3.4 3.4 0 0 1-3.4 3.4H5.9A3.4 3.4 0 0 1 2.5 27V11.2Z" fill="var(--mantine-primary-color-filled)" />
      <circle cx="16" cy="18.4" r="7.6" fill="none" stroke="#fff" strokeWidth="2.2" />
      <path d="M16 13.9v4.8l3.2 2" fill="none" stroke="#fff" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
