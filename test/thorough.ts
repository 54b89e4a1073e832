/**
 * `npm test` has half an hour on two cores: of cases that take the same path it takes some. All are taken by `npm run test:e2e` and `npm run test:engine`,
 * which set the variable.
 */
export const isThorough = process.env.NULLSWAP_THOROUGH === '1';
