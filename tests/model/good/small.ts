// Written by modelc from model/; do not edit.

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
  name: string | null;
}
export type ThingInput = Partial<Omit<Thing, 'id' | 'rev' | 'created_at' | 'created_by' | 'updated_at' | 'updated_by' | 'deleted_at' | 'deleted_with'>>;
export const thingLabels = {"id":{"zh":"编号","en":"ID"},"rev":{"zh":"版本","en":"Revision"},"created_at":{"zh":"创建时间","en":"Created at"},"created_by":{"zh":"创建人","en":"Created by"},"updated_at":{"zh":"修改时间","en":"Updated at"},"updated_by":{"zh":"修改人","en":"Updated by"},"deleted_at":{"zh":"删除时间","en":"Deleted at"},"deleted_with":{"zh":"随同删除","en":"Deleted with"},"source":{"zh":"数据来源","en":"Source"},"external_id":{"zh":"外部编号","en":"External ID"},"name":{"zh":"名称","en":"Name"}} as const;
export const thingOptions = {} as const;

/** Nouns of the URLs and labels, by entity name. */
export const entities = {"thing":{"plural":"things","label":{"zh":"东西","en":"Thing"},"title":"name"}} as const;
export type EntityName = keyof typeof entities;
