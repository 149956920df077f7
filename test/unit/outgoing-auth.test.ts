import assert from 'node:assert/strict';
import test from 'node:test';
import { authorization } from '../../server/outgoing/auth.ts';

test('a token or a password comes from the environment, and what is missing is named', () => {
  process.env.ORRERY_TEST_SECRET = 's3';
  try {
    assert.deepEqual(authorization({}), {});
    assert.deepEqual(authorization({ bearerTokenEnv: 'ORRERY_TEST_SECRET' }), {
      authorization: 'Bearer s3',
    });
    const basicAuth = { username: 'u', passwordEnv: 'ORRERY_TEST_SECRET' };
    const { authorization: header } = authorization({ basicAuth });
    assert.equal(Buffer.from(header.slice('Basic '.length), 'base64').toString(), 'u:s3');
  } finally {
    delete process.env.ORRERY_TEST_SECRET;
  }
  assert.throws(
    () => authorization({ bearerTokenEnv: 'ORRERY_TEST_SECRET' }),
    /bearerTokenEnv: the variable ORRERY_TEST_SECRET is not set/,
  );
});
