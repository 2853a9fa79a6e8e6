/** The part of swagger-ui-dist that we use; it brings no types. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle' {
  export default function SwaggerUIBundle(options: {
    dom_id: string;
    url: string;
    deepLinking: boolean;
    docExpansion: 'list' | 'full' | 'none';
    filter: boolean;
    validatorUrl: string | null;
  }): void;
}
