/** Headers that tell browsers what our pages may do. */
import helmet from 'helmet';

/** The page loads nothing from elsewhere; its canvas and inline SVG need inline styles only. */
const CONTENT_POLICY = {
  defaultSrc: ["'self'"],
  connectSrc: ["'self'"],
  fontSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  styleSrc: ["'self'", "'unsafe-inline'"],
  frameAncestors: ["'none'"],
  // It would turn links of a page that is served by plain HTTP into dead ones.
  upgradeInsecureRequests: null,
};

export const securityHeaders = (hasTls: boolean) =>
  helmet({
    contentSecurityPolicy: { directives: CONTENT_POLICY },
    xFrameOptions: { action: 'deny' },
    // Our certificate says nothing about other services under this name.
    strictTransportSecurity: hasTls && { maxAge: 31_536_000, includeSubDomains: false },
  });
