/** A body of each kind with everything it may hold, for tests to change. */
const person = { firstName: 'Jane', lastName: 'Merchant', email: 'jane@example.com' }
const anybody = { ...person, ipAddress: '192.0.2.7', phone: '5155550100', correlationId: 'c-1' }
const place = { address1: '99-99 33rd St', address2: 'Apt 8', city: 'Some City', state: 'NY', postalCode: '11101' }
const identity = { dateOfBirth: '1980-01-31', ssn: '1234' }
const trade = {
  businessName: 'Jane Corp',
  businessClassification: '9ed3f670-7d6f-11e3-b1ce-5404a6144203',
  ein: '12-3456789',
  doingBusinessAs: 'Jane Books',
  website: 'https://www.example.com',
}

export const controllerAddress = {
  address1: '462 Main Street',
  address2: 'Suite 123',
  address3: 'Unit 123',
  city: 'Des Moines',
  stateProvinceRegion: 'IA',
  country: 'US',
  postalCode: '50309',
}

export const foreignAddress = { address1: '1 Rideau', city: 'Ottawa', stateProvinceRegion: 'ON', country: 'CA' }

export const passport = { number: 'C00001549', country: 'CA' }

export const owner = {
  firstName: 'Olive',
  lastName: 'Owner',
  dateOfBirth: '1970-05-05',
  ssn: '123-45-6789',
  address: controllerAddress,
}

export const wholes = {
  'receive-only': { ...anybody, type: 'receive-only', businessName: 'Jane Corp' },
  unverified: { ...anybody, businessName: 'Jane Corp' },
  personal: { ...anybody, type: 'personal', ...place, ...identity },
  soleProprietorship: {
    ...anybody,
    type: 'business',
    businessType: 'soleProprietorship',
    ...trade,
    ...place,
    ...identity,
  },
  business: {
    ...anybody,
    type: 'business',
    businessType: 'llc',
    ...trade,
    ...place,
    controller: {
      firstName: 'John',
      lastName: 'Controller',
      title: 'CEO',
      dateOfBirth: '1980-01-31',
      ssn: '1234',
      address: controllerAddress,
    },
  },
} as const
