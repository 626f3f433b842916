/** A document as the world has it, and what is to be said of it. */
export interface WorldDocument {
  readonly title: string;
  /** JSON as it is sent. */
  readonly text: string;
  readonly standards: readonly string[];
  /** Pointers of what is said and does not stop it. */
  readonly warnings?: readonly string[];
}

const svg = 'data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=';
const cid = 'bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi';

/** Written after the standards' own texts and after what known services and contracts answer. */
export const worldDocuments: readonly WorldDocument[] = [
  {
    title: 'ERC-721: the three fields of its schema',
    text: `{"name":"Herbie Starbelly","description":"Friendly creature","image":"ipfs://${cid}/3.png"}`,
    standards: ['erc721'],
  },
  {
    title: 'ERC-1155: simple, rich and list properties, {id} in the image',
    text: `{"name":"Thor's hammer","description":"Mjölnir","decimals":0,"image":"https://s3.example/{id}.jpeg",
      "properties":{"simple_property":"example value","rich_property":{"name":"Name","value":"123",
      "display_value":"123 Example Value","class":"emphasis","css":{"color":"#ffffff","font-weight":"bold"}},
      "array_property":{"name":"Name","value":[1,2,3,4],"class":"emphasis"}}}`,
    standards: ['erc721', 'erc1155'],
  },
  {
    title: 'ERC-1155: localization',
    text: `{"name":"Advertising Space","description":"Each token represents a unique Ad space","localization":
      {"uri":"ipfs://${cid}/{locale}.json","default":"en","locales":["en","es","fr"]}}`,
    standards: ['erc721', 'erc1155'],
  },
  {
    title: 'ERC-1155: localization without its parts',
    text: '{"name":"x","localization":{"uri":"ipfs://x/en.json","locales":[1]}}',
    standards: ['erc721'],
    warnings: ['/localization/uri', '/localization/default', '/localization/locales'],
  },
  {
    title: 'ERC-7572: contract metadata',
    text: `{"name":"Example Contract","symbol":"EC","description":"A contract","image":"ipfs://${cid}/i.png",
      "banner_image":"ipfs://${cid}/b.png","featured_image":"ipfs://${cid}/f.png","external_link":"https://project.example",
      "collaborators":["0x388C818CA8B9251b393131C08a736A67ccB19297"]}`,
    standards: ['erc721', 'erc7572'],
  },
  {
    title: 'OpenSea: contract metadata before ERC-7572',
    text: `{"name":"OpenSea Creatures","description":"x","image":"ipfs://i","external_link":"https://e.example",
      "seller_fee_basis_points":100,"fee_recipient":"0xA97F337c39cccE66adfeCB2BF99C1DdC54C2D721"}`,
    standards: ['erc721', 'erc7572'],
  },
  {
    title: 'OpenSea: every display type and max_value',
    text: `{"name":"Dave","description":"# **Markdown**","image":"ipfs://i","external_url":"https://e.example/3",
      "background_color":"00AAff","youtube_url":"https://www.youtube.com/watch?v=x","animation_url":"ipfs://a.glb",
      "attributes":[{"trait_type":"Base","value":"Starfish"},{"trait_type":"Level","value":5},
      {"trait_type":"Stamina","value":1.4,"max_value":0},{"trait_type":"Power","value":40,"display_type":"boost_number"},
      {"trait_type":"Speed","value":10,"display_type":"boost_percentage","max_value":100},
      {"trait_type":"Generation","value":2,"display_type":"number"},
      {"trait_type":"birthday","value":1546360800,"display_type":"date"},{"value":"Happy"}]}`,
    standards: ['erc721', 'opensea'],
    warnings: ['/attributes/2/max_value'],
  },
  {
    title: 'OpenSea: SVG as text',
    text: '{"name":"x","image_data":"<svg xmlns=\\"http://www.w3.org/2000/svg\\" onload=\\"a()\\"><g/></svg>"}',
    standards: ['erc721', 'opensea'],
  },
  {
    title: 'attributes as a map, as a sample server of a marketplace has them',
    text: '{"name":"Dave","image":"ipfs://i","attributes":{"Base":"starfish","Level":5,"Rare":true}}',
    standards: ['erc721', 'opensea'],
    warnings: ['/attributes/Rare'],
  },
  {
    title: 'Metaplex: files, creators, collection',
    text: `{"name":"Number #0001","symbol":"NB","description":"d","seller_fee_basis_points":500,"image":"ipfs://i.png",
      "animation_url":"ipfs://v.mp4?ext=mp4","external_url":"https://e.example","attributes":
      [{"trait_type":"Strength","value":"17"}],"collection":{"name":"Numbers","family":"n"},"properties":{"category":"video",
      "files":[{"uri":"ipfs://i.png","type":"image/png"},{"uri":"https://cdn.example/i.png","type":"image/png","cdn":true}],
      "creators":[{"address":"xEtQ9Fpv62qdc1GYfpNReMasVTe9YW5bHJwfVKqo72u","share":60},{"address":"y","share":40}]}}`,
    standards: ['erc721', 'erc1155', 'opensea', 'metaplex'],
  },
  {
    title: 'ENS: dates in milliseconds, its own fields, null',
    text: `{"is_normalized":true,"name":"nick.eth","description":"nick.eth, an ENS name.","attributes":
      [{"trait_type":"Created Date","display_type":"date","value":1497775154000},
      {"trait_type":"Length","display_type":"number","value":4}],"name_length":4,"segment_length":4,
      "url":"https://app.ens.domains/nick.eth","version":0,"background_image":null,"image":"https://m.example/i",
      "image_url":"https://m.example/i","last_request_date":1700000000000}`,
    standards: ['erc721', 'opensea'],
    warnings: ['/attributes/0/value'],
  },
  {
    title: 'on chain: the image is in the document',
    text: `{"name":"Uniswap - 0.3% - USDC/WETH - 1.2<>3.4","description":"Line\\n\\nTokens: ≥ \\"0\\"","image":"${svg}"}`,
    standards: ['erc721'],
  },
  {
    title: 'HashLips: dna, edition, date, a nested list of attributes',
    text: `{"name":"#1","image":"ipfs://NewUriToReplace/1.png","dna":"7a2f","edition":1,"date":1640995200000,
      "attributes":[[{"trait_type":"a","value":"b"}]],"compiler":"HashLips Art Engine"}`,
    standards: ['erc721'],
    warnings: ['/attributes/0'],
  },
  {
    title: 'plain strings among the attributes',
    text: '{"name":"x","attributes":["Blue","Hat",{"value":"Green"}]}',
    standards: ['erc721'],
    warnings: ['/attributes/0', '/attributes/1'],
  },
  {
    title: 'properties as a list, an integer name, a null description',
    text: '{"name":7,"description":null,"properties":[{"key":"k","value":"v"}]}',
    standards: [],
    warnings: ['/name', '/description', '/name', '/description', '/properties'],
  },
  {
    title: 'Stacks: display type "string", an empty value',
    text: '{"version":1,"name":"x","attributes":[{"trait_type":"a","display_type":"string","value":""}]}',
    standards: ['erc721', 'opensea'],
  },
  {
    title: 'CHIP-0007: its format, and a collection with attributes of its own',
    text: `{"format":"CHIP-0007","name":"Pikachu","description":"Electric","minting_tool":"t","sensitive_content":false,
      "series_number":22,"series_total":1000,"attributes":[{"trait_type":"Species","value":"Mouse"}],
      "collection":{"name":"Pokemon","id":"e43f","attributes":[{"type":"description","value":"Gotta catch them all"}]}}`,
    standards: ['erc721', 'opensea'],
  },
  {
    title: 'Zora: content and a category of its own',
    text: `{"name":"coin","description":"d","image":"ipfs://i","content":{"mime":"text/html","uri":"ipfs://c"},
      "properties":{"category":"social"}}`,
    standards: ['erc721', 'erc1155', 'metaplex'],
    warnings: ['/properties/category'],
  },
  {
    title: 'Art Blocks: generator, traits and features beside attributes',
    text: `{"platform":"Art Blocks","tokenID":"78000000","artist":"Snowfro","name":"Squiggle #1","generator_url":
      "https://generator.example/78000000","animation_url":"https://generator.example/78000000","image":"https://m.example/1.png",
      "traits":[{"trait_type":"x","value":"y"}],"features":{"Color Direction":"Normal","Steps":1.25},"is_static":false}`,
    standards: ['erc721', 'opensea'],
  },
  {
    title: 'ERC-4955: namespaces',
    text: '{"name":"x","namespaces":{"game.example":{"level":3,"uri":"https://game.example/1"}}}',
    standards: ['erc721'],
  },
  {
    title: 'quoted numbers and words where numbers belong',
    text: '{"name":"x","attributes":[{"display_type":"number","value":"5"},{"display_type":"star","value":"a"}]}',
    standards: ['erc721'],
    warnings: ['/attributes/0/value', '/attributes/1/display_type'],
  },
  {
    title: 'names in many scripts, with marks, joiners and emoji',
    text: '{"name":"👩‍👩‍👧 Zoë مرحبا 日本 \\u0065\\u0301","description":"\\u200d\\ufeff &amp; <b>bold</b> \\t"}',
    standards: ['erc721'],
  },
  {
    title: 'numbers at the edges of what a double holds',
    text: `{"name":"n","numbers":[0,-1,9007199254740991,-9007199254740991,0.1,1e-7,5e-324,1.7976931348623157e308,
      1e21,123456.789,1.0,100e-2]}`,
    standards: ['erc721'],
  },
  {
    title: 'links without encryption and without a scheme',
    text: '{"name":"x","image":"http://e.example/1.png","animation_url":"/media/1.mp4","external_url":""}',
    standards: ['erc721', 'opensea'],
    warnings: ['/image', '/animation_url'],
  },
  {
    title: 'nothing that any standard knows',
    text: '{"":{"~/":[{}]},"constructor":null,"toString":[[],[[]]],"a\\"b\\\\c":true}',
    standards: [],
  },
];

/** What is refused, and where (N2). */
export const refusedDocuments: readonly (readonly [
  title: string,
  text: string,
  pointers: readonly string[],
])[] = [
  ['a script as a link', '{"animation_url":"javascript:alert(1)"}', ['/animation_url']],
  ['a page in a link', '{"animation_url":"data:text/html,<script>1</script>"}', ['/animation_url']],
  ['a link with a password', '{"image":"https://me:secret@e.example/1.png"}', ['/image']],
  ['a file of the reader', '{"external_url":"file:///etc/passwd"}', ['/external_url']],
  ['shares of 99', '{"properties":{"creators":[{"share":99}]}}', ['/properties/creators']],
  [
    'a share of a half',
    '{"creators":[{"share":99.5},{"share":0.5}]}',
    ['/creators/0/share', '/creators/1/share', '/creators'],
  ],
  [
    'six creators',
    '{"creators":[{"share":50},{"share":10},{"share":10},{"share":10},{"share":10},{"share":10}]}',
    ['/creators'],
  ],
  ['one field in two spellings', '{"animationUrl":"ipfs://a","animation_url":"ipfs://a"}', ['/animationUrl']],
  ['a list', '[]', ['']],
  ['a text', '"name"', ['']],
];
