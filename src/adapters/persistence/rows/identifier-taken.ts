import { DomainError } from '../../../domain/errors.js';

export const identifierTaken = (codeIdentifier: string): DomainError => {
  const message = `another script has the code identifier ${codeIdentifier}; choose another one`;
  return new DomainError('script.identifier-taken', message, {
    issues: [{ path: 'codeIdentifier', message: 'is taken by another script' }],
  });
};
