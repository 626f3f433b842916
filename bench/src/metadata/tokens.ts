/** A token as collections have them: 600 bytes, eight attributes. */
export function tokenDocument(id: number) {
  return {
    name: `Ember #${id}`,
    description:
      'One of ten thousand embers, each of which burns in its own way until the last of them is out.',
    image: `ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/${id}.png`,
    external_url: `https://embers.example/${id}`,
    attributes: ['Background', 'Body', 'Eyes', 'Mouth', 'Hat', 'Glow', 'Aura'].map((trait_type, at) => ({
      trait_type,
      value: `${trait_type} ${(id * 31 + at * 7) % 40}`,
    })),
    edition: id,
  };
}
