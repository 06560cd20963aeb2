import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { cleanUp, freshDataDir, startServer } from './support/server.js';

afterAll(cleanUp);

/** Letters and digits between what encoders escape: none of these pieces may be seen. */
const TOKEN = `Zq7x'Kd4"9wRm $Vb5\\Nn8&Rt3<Ym6>Pö2é/+=|Hc9`;
const PASSWORD = `Jw3k"Lp8's\n\tXv6<&>ñ€😀Gz4`;
const DOCUMENT = JSON.stringify(
  { user: 'Fh7c-Dt2s', list: [{ password: PASSWORD }], text: `{"inner":"Bn9m/Qe5r"}` },
  null,
  2,
);
const PIECES = [TOKEN, PASSWORD, 'Fh7c-Dt2s', 'Bn9m/Qe5r'].flatMap((text) => text.match(/[A-Za-z\d]{3,}/g) ?? []);

/** Each line prints the secrets with a tool, where this machine has it. */
const SCRIPT = String.raw`
has() { command -v "$1" >/dev/null; }
password=$(node -p 'JSON.parse(process.env.DOCUMENT).list[0].password')
for secret in "$TOKEN" "$DOCUMENT" "$password"; do
  export secret
  printf '%q\n' "$secret"; printf '%q\n' "$(printf '%q' "$secret")"; printf '%s\n' "${'$'}{secret@Q}" "${'$'}{secret@A}"
  (LC_ALL=C; printf '%q\n' "$secret"; declare -p secret)
  export -p; set; env; env -0
  (set -x; : "$secret" "x$secret") 2>&1
  sh -c 'export -p; set; set -x; : "$secret"' 2>&1
  printf %s "$secret" | base64 -w 0; echo; printf 'user:%s' "$secret" | base64
  printf '%s\n' "${'$'}{secret//\'/\'\'}" "${'$'}{secret//\"/\"\"}"
  printf %s "$secret" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g; s/>/\&gt;/g; s/'"'"'/\&#39;/g'; echo
  node -e '
    const { inspect } = require("node:util");
    const { secret } = process.env;
    console.log(secret, [secret], { secret, deep: [[[{ secret }]]] }, process.env);
    console.log(new Error(secret), inspect({ secret }, { breakLength: 20 }), new Map([[secret, secret]]));
    const json = JSON.stringify;
    console.log(json({ secret }), json(json([secret])), json({ secret }, null, 2));
    console.log(encodeURIComponent(secret), encodeURIComponent(json(secret)), escape(secret));
    console.log(String(new URLSearchParams({ secret })));
    console.log(Buffer.from(secret).toString("base64url"), encodeURIComponent(Buffer.from(secret).toString("base64")));
    console.log([...secret].map((character) => "&#" + character.codePointAt(0) + ";").join(""));
    console.log([...secret].map((character) => "&#x" + character.codePointAt(0).toString(16) + ";").join(""));
  '
  has python3 && python3 -c '
import base64, csv, html, json, os, pprint, shlex, sys, textwrap, urllib.parse as url, xml.sax.saxutils as sax
s = os.environ["secret"]
print(repr(s), ascii(s), s.encode(), [s], {"s": s}, shlex.quote(s), os.environ)
print(json.dumps({"s": s}), json.dumps(json.dumps(s)), json.dumps(s, ensure_ascii=False))
print(html.escape(s), html.escape(html.escape(s)), sax.quoteattr(s))
print(html.escape(s).encode("ascii", "xmlcharrefreplace"))
print(url.quote(s), url.quote_plus(s), url.quote(url.quote(s)), url.urlencode({"s": s}))
csv.writer(sys.stdout).writerow([s, 1, s])
pprint.pprint({"key": s, "list": [s]}, width=30)
'
  has perl && perl -MData::Dumper -e 'print Dumper(%ENV); $Data::Dumper::Useqq = 1; print Dumper([$ENV{secret}])'
  has jq && jq -n 'env.secret, (env.secret | @json, @html, @uri, @sh, @base64), {a: env.secret}' &&
    jq -nr '[env.secret] | @csv, @tsv'
done
printf %s "$DOCUMENT" | base64 -w 0; echo
has jq && for filter in . -c. -a. '.list[0].password, .text' '.list[0].password | @sh, @uri' \
  '-r.user, .list[0].password, (.text | fromjson | .inner), (.. | strings | @base64)'; do
  options=; case "$filter" in -*) options=${'$'}{filter:0:2}; filter=${'$'}{filter:2} ;; esac
  printf %s "$DOCUMENT" | jq $options "$filter"
done
echo the end
`;

describe('A secret', () => {
  it('is masked as the tools of this machine print it, and the strings in it where it is a JSON document', async () => {
    const settings = await freshDataDir();
    const server = await startServer({ ...settings, LOG_LEVEL: 'trace' });
    const env = Object.entries({ TOKEN, DOCUMENT }).map(([key, value]) => ({ key, value, secret: true }));
    const run = await server.api.runToEnd({ name: 'Tools', script: SCRIPT, env });
    expect(run).toMatchObject({ status: 'succeeded' });
    const log = await server.api.log(run.id);
    expect(log.endsWith('the end\n')).toBe(true);
    expect(log.match(/\*\*\*/g)?.length).toBeGreaterThan(60);
    const lines = log.split('\n').filter((line) => PIECES.some((piece) => line.includes(piece)));
    expect(lines).toEqual([]);
    await server.stop();

    const files = await readdir(settings.DATA_DIR, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const content = await readFile(join(file.parentPath, file.name), 'latin1');
      expect([file.name, PIECES.filter((piece) => content.includes(piece))]).toEqual([file.name, []]);
    }
  }, 60_000);
});
