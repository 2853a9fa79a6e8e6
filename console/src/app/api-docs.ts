/** The page at /api/docs: the API's description, to read and to try with the session that is signed in. */
import 'swagger-ui-dist/swagger-ui.css';
import SwaggerUIBundle from 'swagger-ui-dist/swagger-ui-es-bundle';

SwaggerUIBundle({
  dom_id: '#root',
  url: '/api/openapi.json',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  // Asking the public validator would tell it where we are.
  validatorUrl: null,
});
