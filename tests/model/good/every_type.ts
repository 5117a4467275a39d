// Written by modelc from model/; do not edit.

export interface Other {
  id: number;
  name: string | null;
}
export type OtherInput = Partial<Omit<Other, 'id'>>;
export const otherLabels = {"id":{"zh":"编号","en":"ID"},"name":{"zh":"名称","en":"Name"}} as const;
export const otherOptions = {} as const;

/** One field of each type. */
export interface Thing {
  id: number;
  rev: number;
  created_at: string;
  created_by: number | null;
  updated_at: string;
  updated_by: number | null;
  deleted_at: string | null;
  deleted_with: number | null;
  source: string | null;
  external_id: string | null;
  owner_id: number | null;
  name: string;
  story: string | null;
  count: number;
  price: string;
  amount: number | null;
  currency: string;
  on: boolean;
  day: string | null;
  at: string | null;
  kind: 'a' | 'b';
  kinds: ('a' | 'b')[];
  none: ('a' | 'b')[];
  thing_id: number | null;
  other_id: number;
  user_id: number | null;
  email: string | null;
  phone: string | null;
  page: string | null;
  data: unknown;
  /** Awkward default. */
  quote: string;
}
export type ThingInput = Partial<Omit<Thing, 'id' | 'rev' | 'created_at' | 'created_by' | 'updated_at' | 'updated_by' | 'deleted_at' | 'deleted_with'>>;
export const thingLabels = {"id":{"zh":"编号","en":"ID"},"rev":{"zh":"版本","en":"Revision"},"created_at":{"zh":"创建时间","en":"Created at"},"created_by":{"zh":"创建人","en":"Created by"},"updated_at":{"zh":"修改时间","en":"Updated at"},"updated_by":{"zh":"修改人","en":"Updated by"},"deleted_at":{"zh":"删除时间","en":"Deleted at"},"deleted_with":{"zh":"随同删除","en":"Deleted with"},"source":{"zh":"数据来源","en":"Source"},"external_id":{"zh":"外部编号","en":"External ID"},"owner_id":{"zh":"负责人","en":"Owner"},"name":{"zh":"字段","en":"Name"},"story":{"zh":"字段","en":"Story"},"count":{"zh":"字段","en":"Count"},"price":{"zh":"字段","en":"Price"},"amount":{"zh":"字段","en":"Amount"},"currency":{"zh":"字段","en":"Currency"},"on":{"zh":"字段","en":"On"},"day":{"zh":"字段","en":"Day"},"at":{"zh":"字段","en":"At"},"kind":{"zh":"字段","en":"Kind"},"kinds":{"zh":"字段","en":"Kinds"},"none":{"zh":"字段","en":"None"},"thing_id":{"zh":"字段","en":"Thing_Id"},"other_id":{"zh":"字段","en":"Other_Id"},"user_id":{"zh":"字段","en":"User_Id"},"email":{"zh":"字段","en":"Email"},"phone":{"zh":"字段","en":"Phone"},"page":{"zh":"字段","en":"Page"},"data":{"zh":"字段","en":"Data"},"quote":{"zh":"字段","en":"Quote"}} as const;
export const thingOptions = {"kind":[{"value":"a","label":{"zh":"甲","en":"A"}},{"value":"b","label":{"zh":"乙","en":"B"}}],"kinds":[{"value":"a","label":{"zh":"甲","en":"A"}},{"value":"b","label":{"zh":"乙","en":"B"}}],"none":[{"value":"a","label":{"zh":"甲","en":"A"}},{"value":"b","label":{"zh":"乙","en":"B"}}]} as const;

/** Nouns of the URLs and labels, by entity name. */
export const entities = {"other":{"plural":"others","label":{"zh":"东西","en":"Thing"},"title":"name"},"thing":{"plural":"things","label":{"zh":"东西","en":"Thing"},"title":"name"}} as const;
export type EntityName = keyof typeof entities;
