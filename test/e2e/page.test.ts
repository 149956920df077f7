/** The live page in a real browser, under a strict security policy, against its mock server. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Page } from 'playwright-core';
import { type Mock, type MockOptions, startMock } from '../../dashboards/live/mock/server.ts';
import { HOT_RACK, MISSING_RACK, STALE_RACK } from '../../dashboards/live/mock/site.ts';
import { layoutFloor } from '../../dashboards/live/src/floor/layout.ts';
import { fit } from '../../dashboards/live/src/floor/viewport.ts';
import { skipWithout } from '../support/outside-process.ts';
import { type OpenOptions, type PageBrowser, startPageBrowser } from '../support/page-browser.ts';

const skip = skipWithout('chromium');
let browser: PageBrowser;

if (!skip) {
  before(async () => {
    browser = await startPageBrowser();
  });
  after(() => browser?.close());
}

/** Opens the page on a fresh mock; afterwards nothing may have been complained about. */
async function visit(
  hash: string,
  look: (page: Page, mock: Mock) => Promise<void>,
  options: OpenOptions & MockOptions = {},
): Promise<void> {
  const mock = await startMock({ ...options, dist: browser.dist });
  try {
    const { page, complaints } = await browser.open(`${mock.url}${hash}`, options);
    // A bound for what never comes, not for a slow machine.
    page.setDefaultTimeout(60_000);
    await look(page, mock);
    assert.deepEqual(complaints, []);
    await page.context().close();
  } finally {
    await mock.close();
  }
}

const loaded = (page: Page) => page.getByText('beyond limit').waitFor();

/** Middle of a rack on the screen: where the page's own layout puts it. */
async function middleOf(page: Page, mock: Mock, id: string) {
  const box = (await page.locator('.floor-canvas').boundingBox())!;
  const plan = layoutFloor(mock.site.entities, 1.5);
  const rack = plan.racks.find(one => one.id === id)!;
  const view = fit(plan, box);
  return {
    x: box.x + view.left + (rack.x + rack.width / 2) * view.scale,
    y: box.y + view.top + (rack.y + rack.height * 0.7) * view.scale,
  };
}

/** Colours of the racks' canvas at some points of the page. */
const coloursAt = (page: Page, points: readonly { x: number; y: number }[]) =>
  page.evaluate(places => {
    const canvas = document.querySelector('canvas')!;
    const box = canvas.getBoundingClientRect();
    const { width, height } = canvas;
    const pixels = canvas.getContext('2d')!.getImageData(0, 0, width, height).data;
    return places.map(({ x, y }) => {
      const column = Math.round((x - box.x) * devicePixelRatio);
      const row = Math.round((y - box.y) * devicePixelRatio);
      return [...pixels.slice(4 * (row * width + column)).subarray(0, 3)];
    });
  }, points);

/** A place in the cell where no text is. */
const besideText = ({ x, y }: { x: number; y: number }) => ({ x: x - 24, y });

test('the floor draws racks in the colours of their values, the overloaded one red', { skip }, () =>
  visit('', async (page, mock) => {
    await loaded(page);
    const ids = [HOT_RACK, 'r1-k01', 'r1-k02', MISSING_RACK];
    const places = await Promise.all(ids.map(id => middleOf(page, mock, id)));
    const [hot, calm, other] = await coloursAt(page, places.map(besideText));
    assert.ok(hot[0] > 180 && hot[1] < 80, `overload is red: ${hot}`);
    assert.ok(calm[0] < 150 && calm[2] > 80, `calm is not: ${calm}`);
    assert.notDeepEqual(calm, other, 'values differ, so do colours');
    await page.waitForFunction(() => document.title.includes('MOCK site'));
    assert.ok(mock.acknowledged() > 0, 'frames are acknowledged');
  }),
);

test('a click opens the rack: elevation, feeds, headroom in words', { skip }, () =>
  visit('', async (page, mock) => {
    await loaded(page);
    const { x, y } = await middleOf(page, mock, HOT_RACK);
    await page.mouse.move(x, y);
    await page.locator('.tooltip').getByText(HOT_RACK, { exact: false }).first().waitFor();
    await page.mouse.click(x, y);
    await page.getByRole('heading', { level: 1, name: HOT_RACK }).waitFor();
    assert.equal(new URL(page.url()).hash, `#/rack/${HOT_RACK}`);
    await page.locator('.slot-host').nth(3).waitFor();
    await page.locator('.feed').nth(1).waitFor();
    await page
      .getByText(`Feed ${HOT_RACK}-feed-b would be at 102 % after loss of ${HOT_RACK}-feed-a.`)
      .waitFor();
    await page.locator('.rack-detail').getByText('above its power limit').waitFor();
  }),
);

test('the keyboard does it all: arrows, Enter, Escape, signals, theme, help', { skip }, () =>
  visit('', async page => {
    await loaded(page);
    const press = (key: string) => page.keyboard.press(key);
    await press('ArrowRight');
    await press('ArrowRight');
    await press('ArrowDown');
    await page.locator('.floor-canvas .spoken').getByText('r2-k02: Power').waitFor();
    await press('Enter');
    await page.getByRole('heading', { level: 1, name: 'r2-k02' }).waitFor();
    await press(']');
    await page.getByRole('heading', { level: 1, name: 'r2-k03' }).waitFor();
    for (const level of ['Row 2', 'Mock hall 1']) {
      await press('Escape');
      await page.getByRole('heading', { level: 1, name: level }).waitFor();
    }
    await press('Escape');
    await loaded(page);
    await press('2');
    await page.locator('.legend').getByText('Inlet temperature').waitFor();
    assert.match(page.url(), /signal=inletTempC/);
    await press('t');
    assert.equal(await page.locator('html').getAttribute('data-theme'), 'light');
    await press('?');
    await page.getByRole('dialog').waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }),
);

test('search finds by id and opens with Enter', { skip }, () =>
  visit('', async page => {
    await loaded(page);
    await page.keyboard.press('/');
    await page.keyboard.type('r3-k07-n2-gpu5');
    const option = page.getByRole('option', { selected: true });
    await option.getByText('r3-k07-n2-gpu5', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'r3-k07-n2-gpu5' }).waitFor();
    await page.getByRole('heading', { name: 'Power last hour' }).waitFor();
  }),
);

test('Enter right behind the last letter opens what the whole text says', { skip }, () =>
  visit('', async page => {
    await loaded(page);
    await page.keyboard.press('/');
    await page.keyboard.type('r3-k07-n2-gpu');
    await page.getByRole('option').getByText('r3-k07-n2-gpu5', { exact: true }).waitFor();
    await page.keyboard.type('5');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'r3-k07-n2-gpu5' }).waitFor();
  }),
);

test('stale and missing are said, in the legend, the table and the rack', { skip }, () =>
  visit('', async page => {
    await loaded(page);
    await page.locator('.legend').getByText('1 stale').waitFor();
    await page.locator('.legend').getByText('1 missing').waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    const row = page.getByRole('row').filter({ hasText: STALE_RACK });
    await row.getByRole('img', { name: /^stale/ }).waitFor();
    assert.match((await row.textContent()) ?? '', /7 min/);
    const gone = page.getByRole('row').filter({ hasText: MISSING_RACK });
    await gone.getByRole('img', { name: /^missing/ }).waitFor();
    await row.getByRole('link').click();
    await page.locator('.stats .age-stale').first().waitFor();
  }),
);

test('a host shows its fabric and its measuring points side by side', { skip }, () =>
  visit('#/host/r1-k03-n2', async page => {
    await page.getByRole('link', { name: /^gpu7: GPU temperature .* measured$/ }).waitFor();
    assert.equal(await page.locator('.vertex-gpu').count(), 8);
    assert.equal(await page.locator('path.edge-nvswitch').count(), 32);
    const outlets = page.getByRole('row').filter({ hasText: 'sum over PDU outlets' });
    assert.match((await outlets.textContent()) ?? '', /\+18 %/);
  }),
);

test('a what-if answers where, and marks it on the floor', { skip }, () =>
  visit('#/?panel=whatif', async page => {
    await loaded(page);
    await page.getByRole('button', { name: 'Where do 64 GPUs fit?' }).click();
    await page.getByRole('heading', { name: '64 GPUs: fits' }).waitFor();
    await page.getByRole('row', { name: /^Against full hosts alone 1.18 times as long/ }).waitFor();
    await page.getByRole('button', { name: 'Clear 2 marks on the floor' }).click();
    await page.getByRole('button', { name: /^Clear/ }).waitFor({ state: 'detached' });
  }),
);

test('a loss is followed through a quarter of an hour', { skip }, () =>
  visit('#/?panel=whatif', async page => {
    await loaded(page);
    await page.getByRole('button', { name: 'Lose', exact: true }).click();
    await page.getByLabel(/^What is lost/).fill('crah-1');
    await page.getByRole('button', { name: 'What if it is lost?' }).click();
    await page.getByText('The first GPU throttles after 4 min 20 s (3 min 5 s to 7 min)').waitFor();
    await page.getByText('7 racks go on as they are').waitFor();
    await page.getByRole('img', { name: 'Course of GPU temperature of r1-k03' }).waitFor();
    await page.getByLabel('Signal of the course').selectOption('powerW');
    await page.getByRole('img', { name: 'Course of Power of r1-k03' }).waitFor();
  }),
);

test('each panel has its place in the address', { skip }, () =>
  visit('#/?panel=forecast', async page => {
    await page.getByText(/The limit of .* at mock is reached in 4 h/).waitFor();
    await page.locator('.chart canvas').waitFor();
    await page.getByRole('tab', { name: /^Sources/ }).click();
    await page.getByText('MOCK: connection refused').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText('gpu-node-17').waitFor();
    assert.match(page.url(), /panel=unmatched/);
  }),
);

test('trust: sensors that disagree, in words, and how wrong the twin is', { skip }, () =>
  visit('#/?panel=trust', async page => {
    const found = page.locator('.disagreements > li');
    assert.match(
      (await found.first().textContent()) ?? '',
      /^host r1-k01-n1 Power by the BMC: scale wrong, reads 0\.93 of .* for 3 h · 97 % sure/,
    );
    await found.filter({ hasText: 'swapped' }).getByRole('link').nth(1).waitFor();
    await page.getByText('2 comparisons off').click();
    await page.getByText('Outlets of a host against its BMC, r1-k01-n1: 8.2 σ').waitFor();
    const rows = page.locator('.fidelity tr');
    const hour = await rows.filter({ hasText: 'meter silent 1 h' }).textContent();
    assert.equal(hour, 'Powermeter silent 1 h2.60 %bias −30 W71 % betterskill +0.7172 %narrow');
    assert.match(
      (await rows.filter({ hasText: '▲ since' }).textContent()) ?? '',
      /^GPU temp.*▲ since .*\d\d:\d\d the mean error .* has gone from \+0\.1 K to -0\.8 K/,
    );
    await rows.getByText('140 % worse').waitFor();
    const early = await rows.filter({ hasText: 'predicted 5 min ahead' }).textContent();
    assert.match(early ?? '', /too early to say12 of 30 rounds scoredskill −1\.9790 %$/);
    await found.nth(1).getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'r3-k07-n2-gpu5' }).waitFor();
    await page.getByRole('row', { name: 'From inlet to die, K/W 0.04120 ± 0.00094' }).waitFor();
    await page.locator('.learned').getByText('Last changed 4 min ago').waitFor();
  }),
);

test('where the service does not calibrate, or not yet, that is said', { skip }, async () => {
  const mock = await startMock({ dist: browser.dist });
  try {
    const { page } = await browser.open(mock.url);
    const refuse = (path: string, status: number, detail: string) =>
      page.route(`**/api/v1/${path}?*`, route =>
        route.fulfill({ status, json: { title: 'Refused', status, detail } }),
      );
    await refuse('parameters', 404, 'it shows the past');
    await refuse('agreement', 503, 'it starts');
    await loaded(page);
    await page.goto(`${mock.url}#/gpu/r3-k07-n2-gpu5?panel=trust`);
    await page
      .locator('.learned')
      .getByText(/does not calibrate: .* it shows the past$/)
      .waitFor();
    await page.getByText(/^Nothing to be told of sensors .* now\. .* it starts$/).waitFor();
    await page.context().close();
  } finally {
    await mock.close();
  }
});

test('alerts and limits that are not known are not said to be none', { skip }, async () => {
  const mock = await startMock({ dist: browser.dist });
  try {
    const { page } = await browser.open(mock.url);
    let isDown = true;
    await page.route('**/api/v1/alerts?*', route =>
      isDown
        ? route.fulfill({ status: 503, json: { title: 'Refused', status: 503, detail: 'busy' } })
        : route.fallback(),
    );
    let hasLimits = false;
    await page.route('**/api/v1/limits', route => (hasLimits ? route.fallback() : undefined));
    await page.goto(mock.url);
    await page.getByText(/^Alerts could not be loaded: .*busy$/).waitFor();
    await page.getByText('loading limits …').waitFor();
    assert.equal(await page.getByText('No limit is breached').count(), 0);
    isDown = false;
    hasLimits = true;
    await page.locator('.alert').first().waitFor();
    isDown = true;
    await page.getByText(/^Newer alerts could not be loaded: .*busy$/).waitFor();
    assert.ok((await page.locator('.alert').count()) > 0);
    await page.context().close();
  } finally {
    await mock.close();
  }
});

test('limits are loaded once: asking again, the page would complain', { skip }, () =>
  visit('', async page => {
    await Promise.all([page.clock.install(), page.reload()]).then(() => loaded(page));
    await page.route(/state\?|limits/, route => route.abort());
    await Promise.all([page.waitForRequest(/alerts/), page.clock.fastForward(120_000)]);
    await page.getByText('0.0 s ago').waitFor();
  }),
);

test('without a source no alert is no comfort', { skip }, () =>
  visit('', async page => {
    const counts = (down: number, up: number) => ({
      ...{ entities: {}, series: 0, unmatched: 0, unmapped: 0 },
      alerts: { firing: 0, pending: 0 },
      sources: { up, degraded: 0, down },
    });
    let sources = counts(0, 0);
    await page.route('**/api/v1/alerts?*', route => route.fulfill({ json: { items: [] } }));
    await page.route('**/api/v1/status', async route => {
      const json = { ...(await (await route.fetch()).json()), counts: sources };
      await route.fulfill({ json });
    });
    await page.reload();
    await page.getByText(/^Nothing is measured now: no source is up/).waitFor();
    sources = counts(2, 40);
    await page.getByText('No limit is breached where it can be seen: 2 sources down.').waitFor();
    sources = counts(0, 42);
    await page.getByText('No limit is breached.', { exact: true }).waitFor();
  }),
);

test('of thousands of alerts the most urgent are shown, the rest is counted', { skip }, () =>
  visit('#/rack/r1-k01', async page => {
    const items = Array.from({ length: 1000 }, (_, n) => ({
      ...{ id: `a${n}`, limit: 'x', entity: 'r1-k02', kind: 'rack', signal: 'powerW', unit: 'W' },
      ...{ severity: n === 999 ? 'critical' : 'warning', state: 'firing', value: 1, threshold: 1 },
      ...{ since: new Date().toISOString(), summary: `alert ${n}`, runbook: 'x', place: {} },
    }));
    await page.route('**/api/v1/alerts?superseded=false&*', route =>
      route.fulfill({ json: { items } }),
    );
    await page.reload();
    await page.getByText('and 800 more, none of them more urgent.').waitFor();
    assert.equal(await page.locator('.alert').count(), 200);
    assert.match((await page.locator('.alert').first().textContent()) ?? '', /alert 999/);
  }),
);

test('a lost connection is said with the age of what is shown, and comes back', {
  skip,
}, async () => {
  const mock = await startMock({ dist: browser.dist });
  const { page } = await browser.open(mock.url);
  await loaded(page);
  const port = Number(new URL(mock.url).port);
  await mock.close();
  const banner = page.getByRole('alert').filter({ hasText: 'Connection lost.' });
  await banner.getByText(/last frame, \d+ s old/).waitFor({ timeout: 10_000 });
  const again = await startMock({ dist: browser.dist, port });
  try {
    await banner.waitFor({ state: 'detached', timeout: 15_000 });
  } finally {
    await page.context().close();
    await again.close();
  }
});

test('another topology generation: new racks, and no value under a wrong name', { skip }, () =>
  visit('', async (page, mock) => {
    await loaded(page);
    mock.grow();
    await page.locator('.legend').getByText('48 current').waitFor();
    await page.locator('.legend').getByText('1 beyond limit').waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    const hot = page.getByRole('row').filter({ hasText: HOT_RACK });
    const percent = /(\d+) %/.exec((await hot.textContent()) ?? '')?.[1];
    assert.ok(Number(percent) > 100, `${HOT_RACK} is the overloaded one: ${percent} %`);
    await page.getByRole('row').filter({ hasText: 'r5-k10' }).waitFor();
  }),
);

test('a server that wants a token gets one', { skip }, async () => {
  const mock = await startMock({ dist: browser.dist, token: 'let-me-in' });
  try {
    const { page } = await browser.open(mock.url);
    await page.getByLabel('Token', { exact: true }).fill('let-me-in');
    await page.getByRole('button', { name: 'Connect' }).click();
    await loaded(page);
    await page.locator('.legend').getByText('38 current').waitFor();
    await page.context().close();
  } finally {
    await mock.close();
  }
});

test('5,000 racks are drawn, at laptop size, in light colours', { skip }, () =>
  visit('', async page => page.locator('.legend').getByText('4,998 current').waitFor(), {
    size: { rows: 250, racksPerRow: 20, hostsPerRack: 0 },
    ...{ colours: 'light', width: 1024, height: 700 },
  }),
);

test('on a phone nothing is cut off, and the alerts are one tap away', { skip }, () =>
  visit(
    '',
    async page => {
      await loaded(page);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll('html, .tile .big, .tile .foot, .search input, .floor-foot')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ className, textContent }) => `${className}: ${textContent?.slice(0, 80)}`),
      );
      assert.deepEqual(cut, []);
      const first = page.locator('.alert').first();
      assert.ok((await first.boundingBox())!.y > 844);
      await page.locator('.tile', { hasText: 'Alerts' }).click();
      await page.waitForFunction(() => window.scrollY > 0);
      const { y, height } = (await first.boundingBox())!;
      assert.ok(y > 0 && y + height < 844, `${y}`);
    },
    { width: 390, height: 844 },
  ),
);

test('an alert leads to its runbook; one that does not fire yet has a hollow mark', { skip }, () =>
  visit('', async page => {
    const link = page.locator('.alert a', { hasText: 'runbook' }).first();
    assert.equal(await link.getAttribute('href'), './docs/runbooks.md#mock');
    assert.equal(await page.locator('.state-pending .is-hollow').count(), 1);
    assert.equal(await page.locator('.state-firing .is-hollow').count(), 0);
  }),
);

test('everything that can be operated has a name', { skip }, async () => {
  for (const hash of ['', '#/rack/r1-k03?panel=whatif', '#/host/r1-k03-n2?panel=trust']) {
    await visit(hash, async page => {
      await page.locator('.tile').first().waitFor();
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('a, button, input, select, [role=meter], [role=img]')]
          .filter(element => {
            const label =
              element.getAttribute('aria-label') ?? element.closest('label')?.textContent;
            return !(label || element.textContent?.trim() || element.getAttribute('title'));
          })
          .map(element => element.outerHTML),
      );
      assert.deepEqual(nameless, []);
    });
  }
});
