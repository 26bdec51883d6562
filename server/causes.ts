/** The changes that set something off in another resource, and what is told of each. What they set off stands in reactions.ts. */
export type Causes = {
  worldCreated: {
    firstApplication: { id: string; name: string; key: string; secretHash: Buffer }
  }
}

export type Cause = keyof Causes
