import { describe, expect, it } from '@jest/globals';
import { readRun, readRunSummary } from '../../../../src/adapters/persistence/rows/run-row.js';
import type { ScriptRun } from '../../../../src/domain/run/script-run.js';
import { aRun, aSuccess, at } from '../../../contracts/samples.js';

const ID = '65f000000000000000000001';
const MADE = new Date('2024-03-12T07:10:56.000Z');

/** As an application that knew only the SPEC would have stored it. */
const document = { id: ID, scriptId: ID, status: 'succeeded', trigger: 'manual' };

describe('readRun', () => {
  it('reads back what Runlet stored, its times as text too', () => {
    const process = { pid: 3, startTime: '99', bootId: null, cookie: 'c', cgroup: '/x' };
    const run = aSuccess(5, {
      outputTail: 'a\0b',
      claim: { owner: 'server-1', token: 't', process },
      meta: {
        reason: 'memory',
        cancel: { at: at(4), by: { type: 'user', name: 'ines' } },
        leftovers: [{ pid: 4, command: 'sleep', ended: false }],
        signalled: { signals: ['SIGKILL'], processes: 2, survivors: 'possible' },
        result: { a: [null] },
      },
    });
    expect(readRun({ ...run })).toEqual(run);
    expect(readRun(JSON.parse(JSON.stringify(run)) as Record<string, unknown>)).toEqual(run);
    expect(readRun({ ...aRun() })).not.toHaveProperty('meta.result');
  });

  it('gives a document of the SPEC alone neutral values', () => {
    const neutral: ScriptRun = {
      id: ID,
      scriptId: ID,
      status: 'succeeded',
      trigger: 'manual',
      createdAt: MADE,
      updatedAt: MADE,
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      outputTail: '',
      meta: {
        actor: { type: 'system', name: '' },
        address: null,
        userAgent: null,
        script: { name: '', codeIdentifier: '', type: 'bash', runner: 'host', revision: 0 },
        timeoutMs: 0,
        signal: null,
        reason: null,
        message: null,
        durationMs: null,
        output: { bytes: 0, lines: 0, droppedBytes: 0 },
        lastSeq: 0,
        cancel: null,
        leftovers: [],
        signalled: null,
      },
      claim: { owner: null, token: null, process: null },
    };
    expect(readRun(document)).toEqual(neutral);
    expect(readRun({ ...document, meta: null, claim: null, outputTail: null, updatedAt: null })).toEqual(neutral);
    const foreign = { actor: 'cron', script: 5, output: 'lots', cancel: true, leftovers: {}, lastSeq: 'x', note: 1 };
    expect(readRun({ ...document, meta: foreign, __v: 0 })).toEqual(neutral);
  });

  it('tells the duration of a foreign run from its times', () => {
    expect(readRun({ ...document, startedAt: at(1), finishedAt: at(3.5) })).toMatchObject({
      updatedAt: at(3.5),
      meta: { durationMs: 2500 },
    });
  });

  it('does not take a damaged run of its own for a foreign one', () => {
    const run = aRun();
    expect(readRun({ ...run, meta: { ...run.meta, output: { bytes: 'x', lines: 1 }, lastSeq: 1.5 } })).toEqual({
      id: run.id,
      scriptId: run.scriptId,
      createdAt: run.createdAt,
      broken: [
        { path: 'meta.output.bytes', message: 'must be a whole number' },
        { path: 'meta.output.droppedBytes', message: 'must be a whole number' },
        { path: 'meta.lastSeq', message: 'must be a whole number' },
      ],
    });
  });

  it('shows what is no run with what could be read', () => {
    expect(
      readRun({ id: ID, scriptId: 7, status: 'lost', trigger: null, createdAt: 'x', meta: [], claim: 'me' }),
    ).toEqual({
      id: ID,
      scriptId: null,
      createdAt: MADE,
      broken: [
        { path: 'scriptId', message: 'must be text' },
        { path: 'status', message: 'must be one of queued, running, succeeded, failed, canceled, timed_out' },
        { path: 'trigger', message: 'must be one of manual, schedule, api' },
        { path: 'createdAt', message: 'must be a time' },
        { path: 'meta', message: 'must be an object' },
        { path: 'claim', message: 'must be an object' },
      ],
    });
  });

  it.each([['text'], [7], [[]], [MADE], [new Map()]])('takes nothing but a plain object for meta: %p', (meta) => {
    expect(readRun({ ...document, meta })).toMatchObject({ broken: [{ path: 'meta', message: 'must be an object' }] });
  });

  it('shares no neutral value between rows', () => {
    const [one, other] = [readRun(document), readRun(document)] as [ScriptRun, ScriptRun];
    Object.assign(one.meta.output, { bytes: 9 });
    Object.assign(one.claim, { owner: 'spoilt' });
    (one.meta.leftovers as unknown[]).push('spoilt');
    expect(other).toEqual(readRun(document));
    expect(other.meta.leftovers).toEqual([]);
    expect(other.claim.owner).toBeNull();
  });
});

describe('readRunSummary', () => {
  it('is the run without its output', () => {
    const { outputTail: _, ...summary } = aSuccess(5);
    const read = readRunSummary({ ...summary });
    expect(read).toEqual(summary);
    expect(read).not.toHaveProperty('outputTail');
    expect(readRunSummary({ id: ID })).toMatchObject({ id: ID, scriptId: null });
  });
});
