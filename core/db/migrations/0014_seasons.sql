-- Up Migration
-- Which event took a room into its season. An opening that was taken back removes the room's copy but
-- not its facts, which are records; opened again, the room begins with the facts of that event.
alter table reli.area_seasons add column opened_by reli.id;
