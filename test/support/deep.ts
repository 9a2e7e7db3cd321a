export const deep = process.env['TEST_DEEP'] === '1'
