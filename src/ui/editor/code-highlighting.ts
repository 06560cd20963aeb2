import { javascript } from '@codemirror/lang-javascript';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

export type CodeLanguage = 'shell' | 'javascript';

const COLORS = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.comment, tags.meta], color: 'var(--color-text-muted)', fontStyle: 'italic' },
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.controlKeyword], color: 'var(--color-accent)' },
    { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.quote], color: 'var(--color-success)' },
    { tag: [tags.number, tags.bool, tags.null, tags.atom, tags.escape], color: 'var(--color-warning)' },
    {
      tag: [
        tags.definition(tags.variableName),
        tags.function(tags.variableName),
        tags.standard(tags.variableName),
        tags.className,
        tags.attributeName,
      ],
      color: 'var(--color-info)',
    },
    { tag: tags.invalid, color: 'var(--color-danger)' },
  ]),
);

const SHELL = StreamLanguage.define(shell);
const JAVASCRIPT = javascript();

export const highlighting = (language: CodeLanguage): Extension => [language === 'shell' ? SHELL : JAVASCRIPT, COLORS];
