import { expect, it } from 'vitest';
import { contact } from './contact';

it.each([
  ['help@acme.example', 'mailto:help@acme.example?subject=A%20b'],
  ['Help <help@acme.example>', 'mailto:help@acme.example?subject=A%20b'],
  ['mailto:help@acme.example', 'mailto:help@acme.example?subject=A%20b'],
  ['mailto:help@acme.example?subject=x&bcc=y@z.example', 'mailto:help@acme.example?subject=A%20b'],
  ['mailto:help%2Bdesk@acme.example', 'mailto:help%2Bdesk@acme.example?subject=A%20b'],
  ['https://help.acme.example/new?x=1', 'https://help.acme.example/new?x=1'],
  ['the help desk, extension 42', undefined],
  ['help@acme.example, more@acme.example', undefined],
  ['javascript:alert(1)', undefined],
  ['', undefined],
])('%s leads to %s', (target, link) => expect(contact(target, 'A b')).toBe(link));
