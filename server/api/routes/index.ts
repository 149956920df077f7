/** Every route of the API, in the order of the documentation. */
import { calibrationRoutes } from '../../calibration/routes.ts';
import { predictionRoutes } from '../../prediction/routes.ts';
import type { Route } from '../route.ts';
import { agreementRoutes } from './agreement.ts';
import { alertRoutes } from './alerts.ts';
import { availabilityRoutes } from './availability.ts';
import { boostRoutes } from './boost.ts';
import { entityRoutes } from './entities.ts';
import { figureRoutes } from './figures.ts';
import { frameRoutes } from './frames.ts';
import { futureRoutes } from './future.ts';
import { headroomRoutes } from './headroom.ts';
import { historyRoutes } from './history.ts';
import { inventoryRoutes } from './inventory.ts';
import { modelRoutes } from './models.ts';
import { pathRoutes } from './path.ts';
import { serviceRoutes } from './service.ts';
import { sourceRoutes } from './sources.ts';
import { stateRoutes } from './state.ts';
import { storageRoutes } from './storage.ts';
import { tableRoutes } from './tables.ts';

export const ROUTES: readonly Route[] = [
  ...serviceRoutes(() => ROUTES),
  ...tableRoutes,
  ...entityRoutes,
  ...stateRoutes,
  ...headroomRoutes,
  ...pathRoutes,
  ...availabilityRoutes,
  ...alertRoutes,
  ...sourceRoutes,
  ...boostRoutes,
  ...historyRoutes,
  ...storageRoutes,
  ...futureRoutes,
  ...predictionRoutes,
  ...calibrationRoutes,
  ...agreementRoutes,
  ...figureRoutes,
  ...modelRoutes,
  ...frameRoutes,
  ...inventoryRoutes,
];
