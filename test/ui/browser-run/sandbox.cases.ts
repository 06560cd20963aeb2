import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PageUnderTest } from '../../support/browser/page-under-test.js';
import { eventually } from '../../support/eventually.js';
import { type Listener, listen, openFrame, printed, runInFrame } from './sandbox-under-test.js';

/** What every browser owes. @param open the list of scripts in a window that is signed in, on the server of this address */
export const describeSandbox = (open: () => Promise<{ page: PageUnderTest; url: string }>): void => {
  describe('the sandbox of browser scripts', () => {
    let outside: Listener;
    let page: PageUnderTest;
    let url: string;
    beforeAll(async () => {
      outside = await listen();
    });
    afterAll(() => outside.close());
    beforeEach(async () => {
      ({ page, url } = await open());
    });

    it('has a console, env and timers, and ends with what the script returns', async () => {
      const told = await runInFrame(
        page,
        `console.log('hello', env.WHO, { a: [1] });
       console.error('oh');
       await new Promise((resolve) => setTimeout(resolve, 5));
       env.WHO = 'other';
       return { who: env.WHO, frozen: Object.isFrozen(env) };`,
        { env: { WHO: 'ada' } },
      );
      expect(printed(told)).toBe('hello ada { a: [ 1 ] }\n');
      expect(printed(told, 'stderr')).toBe('oh\n');
      expect(JSON.parse(told.at(-1)?.json ?? '')).toEqual({ who: 'ada', frozen: true });
    });

    it.each([
      [
        'a throw',
        '\n  throw new Error("broken");',
        /^Uncaught Error: broken\n +at (script \(script\.js:2:9\)|script@script\.js:2:\d+(\n[^\n]*)*)\n$/,
      ],
      [
        'a throw in the first line',
        'null.x',
        /^Uncaught TypeError: [^\n]*\n +at (script \(script\.js:1:6\)|script@script\.js:1:\d+(\n[^\n]*)*)\n$/,
      ],
      [
        'text that does not compile',
        'let a = 1;\nlet let = ;',
        /SyntaxError: [^\n]*(\n +at script\.js:2:\d+|does not say where)\n$/,
      ],
      ['a rejection that nobody handles', 'Promise.reject("no"); await new Promise(() => {})', /^Uncaught "no"\n$/],
      ['a throw in a timer', 'setTimeout(() => { throw 1 }); await new Promise(() => {})', /^Uncaught 1\n$/],
    ])('fails with %s, in the lines of the script', async (_, script, stderr) => {
      const told = await runInFrame(page, script);
      expect(printed(told, 'stderr')).toMatch(stderr);
      expect(told.at(-1)).toMatchObject({ type: 'end', threw: true });
    });

    it('has ended, in one way or the other, when brackets close what is around it', async () => {
      const told = await runInFrame(page, '}); console.log(1); throw 2; (() => {');
      expect(printed(told)).toBe('1\n');
      // WebKit ends the function, which is empty, before it tells of the throw after it.
      const threw = told.at(-1)?.threw;
      expect(printed(told, 'stderr')).toMatch(threw ? /Uncaught 2\n/ : /^$/);
      expect(told.at(-1)?.type).toBe('end');
    });

    it('reaches no network, no storage and no page from the Worker', async () => {
      const other = `http://127.0.0.1:${outside.port}`;
      const told = await runInFrame(
        page,
        `const other = '${other}', own = '${url}/api/admin/scripts';
       const socket = other.replace('http', 'ws');
       const tries = {
         fetch: () => fetch(other),
         ownApi: () => fetch(own, { credentials: 'include' }),
         keepalive: () => fetch(other, { method: 'POST', mode: 'no-cors', keepalive: true }),
         xhr: () => new Promise((yes, no) => { const x = new XMLHttpRequest(); x.onload = yes; x.onerror = no; x.open('GET', other); x.send(); }),
         xhrSync: () => { const x = new XMLHttpRequest(); x.open('GET', own, false); x.send(); },
         webSocket: () => new Promise((yes, no) => { const s = new WebSocket(socket); s.onopen = yes; s.onerror = no; }),
         eventSource: () => new Promise((yes, no) => { const s = new EventSource(other); s.onopen = yes; s.onerror = no; }),
         webTransport: () => {
             const transport = new WebTransport(other.replace('http:', 'https:'));
             transport.closed.catch(() => {});
             return transport.ready;
           },
         importScripts: () => importScripts(other),
         importScriptsData: () => importScripts('data:text/javascript,1'),
         import: () => import(other),
         importOwn: () => import(own),
         font: () => new FontFace('f', 'url(' + other + ')').load(),
         beacon: () => navigator.sendBeacon(other),
         worker: () => new Promise((yes, no) => { const w = new Worker(other); w.onmessage = yes; w.onerror = no; }),
         nested: () => new Promise((yes, no) => {
           const text = 'fetch("' + other + '").then(() => postMessage("reached"), () => postMessage("refused"))';
           new Worker(URL.createObjectURL(new Blob([text]))).onmessage = ({ data }) => data === 'reached' ? yes() : no(data);
         }),
         eval: () => eval('1'),
         parent: () => parent.document,
         document: () => document.cookie,
         storage: () => new Promise((yes, no) => { const r = indexedDB.open('x'); r.onsuccess = yes; r.onerror = no; }),
         caches: () => caches.open('x'),
         cookies: () => cookieStore.getAll(),
         postMessage: () => postMessage('x'),
         close: () => close(),
         scope: () => Object.getPrototypeOf(self).postMessage.call(self, 'x'),
       };
       const reached = [];
       for (const [name, attempt] of Object.entries(tries)) {
         try {
           const over = new Promise((_, no) => setTimeout(() => no(new Error('time')), 1500));
           await Promise.race([attempt(), over]);
           reached.push(name);
         } catch (error) {
           if (error.message === 'time') reached.push(name + ' (open)');
         }
       }
       return reached;`,
        { ms: 25_000 },
      );
      expect(printed(told, 'stderr')).toBe('');
      expect(JSON.parse(told.at(-1)?.json ?? 'null')).toEqual([]);
      expect(outside.visits).toEqual([]);
    });

    it('lets the document of the frame, should a script get there, reach nothing either', async () => {
      const frame = await openFrame(page);
      const other = `http://127.0.0.1:${outside.port}`;
      const own = `${url}/api/admin/scripts`;
      const asked = page.answersFor(frame);
      const reached = await frame.evaluate(
        async ([theirs, ours]) => {
          const names: string[] = [];
          const attempt = async (name: string, work: () => unknown): Promise<void> => {
            try {
              const late = new Promise((_, no) => setTimeout(() => no(new Error('time')), 500));
              await Promise.race([work(), late]);
              names.push(name);
            } catch {
              // as it should be
            }
          };
          const loads = (tag: string, attributes: Record<string, string>) => () =>
            new Promise((yes, no) => {
              const element = document.createElement(tag);
              element.onload = yes;
              element.onerror = no;
              for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
              document.body.append(element);
            });
          await attempt('fetch', () => fetch(ours, { credentials: 'include' }));
          await attempt('beacon', () => {
            navigator.sendBeacon(theirs, 'x');
            throw new Error('its answer says nothing');
          });
          for (const url of [theirs, ours]) {
            await attempt('image', loads('img', { src: url }));
            await attempt('script', loads('script', { src: url }));
            await attempt('style', loads('link', { rel: 'stylesheet', href: url }));
            await attempt('prefetch', loads('link', { rel: 'prefetch', href: url }));
            await attempt('preload', loads('link', { rel: 'preload', as: 'image', href: url }));
            await attempt('module', loads('link', { rel: 'modulepreload', href: url }));
            await attempt('object', loads('object', { data: url }));
            await attempt('video', loads('video', { src: url }));
          }
          await attempt('inner frame', () => {
            const inner = document.createElement('iframe');
            inner.src = theirs;
            document.body.append(inner);
            throw new Error('that it is there says nothing');
          });
          await attempt('form', () => {
            const form = document.createElement('form');
            form.action = theirs;
            document.body.append(form);
            form.submit();
            throw new Error('that it was called says nothing');
          });
          await attempt('popup', () => {
            if (!window.open(theirs)) throw new Error('refused');
          });
          await attempt('top', () => {
            window.top!.location.href = theirs;
          });
          await attempt('parent', () => window.parent.document);
          await attempt('cookie', () => document.cookie);
          await attempt('storage', () => localStorage.length);
          return names;
        },
        [other, own] as const,
      );
      expect(reached).toEqual([]);
      await frame.evaluate((theirs) => void (location.href = theirs), other).catch(() => undefined);
      await eventually(async () => expect(await frame.evaluate(() => document.readyState)).toBe('complete'));
      expect(asked).toEqual([]);
      expect(await page.evaluate(() => location.href)).toBe(`${url}/admin/scripts`);
      // Ahead of a navigation, which it then refuses, Chromium opens a connection and sends nothing.
      expect(outside.visits.filter((sent) => sent !== '')).toEqual([]);
    });

    it('has no peer connections, which no policy covers, in Worker and document', async () => {
      const frame = await openFrame(page);
      const names = ['RTCPeerConnection', 'webkitRTCPeerConnection'];
      expect(await frame.evaluate((all) => all.filter((name) => name in window), names)).toEqual([]);
      const told = await runInFrame(page, 'return typeof RTCPeerConnection');
      expect(told.at(-1)?.json).toBe('"undefined"');
    });

    it('takes its code from the console alone, and once', async () => {
      const frame = await openFrame(page);
      const answers = await page.evaluate(async () => {
        const { contentWindow } = [...document.querySelectorAll('iframe')].at(-1)!;
        const told: unknown[] = [];
        const ask = (): MessagePort => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => told.push(data);
          contentWindow!.postMessage(null, '*', [port2]);
          return port1;
        };
        ask();
        await new Promise((resolve) => setTimeout(resolve, 200));
        ask();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return told;
      });
      expect(answers).toEqual([{ type: 'ready' }]);
      expect(await frame.evaluate(() => location.href)).toBe(`${url}/admin/scripts/browser-frame`);
    });

    it('keeps the page responsive while a script floods, and says how much it left out', async () => {
      await page.evaluate(() => {
        (window as unknown as Measured).frozen = new Promise((resolve) => {
          let longest = 0;
          let last = performance.now();
          const until = last + 3000;
          const tick = (): void => {
            const now = performance.now();
            longest = Math.max(longest, now - last);
            last = now;
            if (now < until) setTimeout(tick, 0);
            else resolve(longest);
          };
          tick();
        });
      });
      const told = await runInFrame(page, 'for (let i = 0; ; i++) console.log("line", i)', { ms: 2500 });
      expect(await page.evaluate(() => (window as unknown as Measured).frozen)).toBeLessThan(1000);
      const text = printed(told);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
      expect(text.startsWith('line 0\nline 1\n')).toBe(true);
      expect(told.length).toBeLessThan(400);
    });

    it('sends what was printed before a loop that never ends', async () => {
      const told = await runInFrame(page, 'console.log("a"); console.log("b"); for (;;);', { ms: 1500 });
      expect(printed(told)).toBe('a\nb\n');
    });
  });
};

interface Measured {
  /** The longest time in ms in which the page did nothing. */
  frozen: Promise<number>;
}
