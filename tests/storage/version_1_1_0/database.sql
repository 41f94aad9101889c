BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE bans (
	"key" VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	told BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_bans PRIMARY KEY ("key")
);
CREATE TABLE dialogues (
	family_id BIGINT NOT NULL, 
	name VARCHAR(64) DEFAULT '' NOT NULL, 
	screen VARCHAR(64) DEFAULT 'role' NOT NULL, 
	path VARCHAR(16), 
	reader VARCHAR(16), 
	step INTEGER DEFAULT '0' NOT NULL, 
	error VARCHAR(32), 
	misses INTEGER DEFAULT '0' NOT NULL, 
	form JSON DEFAULT '{}' NOT NULL, 
	warned_private BOOLEAN DEFAULT 0 NOT NULL, 
	blocked_at FLOAT, 
	sent_at FLOAT DEFAULT '0' NOT NULL, 
	updated_at FLOAT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_dialogues PRIMARY KEY (family_id)
);
INSERT INTO "dialogues" VALUES(10002,'Семья «role»','role',NULL,NULL,0,NULL,0,'{}',0,NULL,1.79572243010914349556e+09,1.79572243010914278033e+09);
INSERT INTO "dialogues" VALUES(10003,'Семья «age»','age:-:-:pupil:0',NULL,'pupil',0,NULL,0,'{}',0,NULL,1.79572255019427943229e+09,1.79572255021127653125e+09);
INSERT INTO "dialogues" VALUES(10004,'Семья «whose»','whose:-:-:parent:0',NULL,'parent',0,NULL,0,'{}',0,NULL,1.79572267025179815296e+09,1.79572267028337764736e+09);
INSERT INTO "dialogues" VALUES(10005,'Семья «login»','role:consent_required:-:-:0',NULL,NULL,0,'consent_required',0,'{}',0,NULL,1.79572291087921643258e+09,1.7957227903090751171e+09);
INSERT INTO "dialogues" VALUES(10006,'Семья «step»','step:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572291089332580563e+09,1.79572291089332485196e+09);
INSERT INTO "dialogues" VALUES(10007,'Семья «step of a child»','step:-:child:pupil:2','child','pupil',2,NULL,0,'{}',0,NULL,1.79572303093581342697e+09,1.79572303100013971324e+09);
INSERT INTO "dialogues" VALUES(10008,'Семья «step for a child»','step:-:child:parent:1','child','parent',1,NULL,0,'{}',0,NULL,1.79572315104692363735e+09,1.79572315104692244525e+09);
INSERT INTO "dialogues" VALUES(10009,'Семья «end»','end:-:parent:parent:3','parent','parent',3,NULL,0,'{}',0,NULL,1795723271.08609,1.79572327110856866838e+09);
INSERT INTO "dialogues" VALUES(10010,'Семья «done»','done:-:parent:parent:3','parent','parent',3,NULL,0,'{}',0,NULL,1.79572339129708385464e+09,1.79572339135740208625e+09);
INSERT INTO "dialogues" VALUES(10011,'Семья «errors»','errors:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572351139338326451e+09,1.7957235114057366848e+09);
INSERT INTO "dialogues" VALUES(10012,'Семья «other»','other:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572363142111420626e+09,1.79572363144302964209e+09);
INSERT INTO "dialogues" VALUES(10013,'Семья «remedy»','remedy:consent_required:parent:parent:1','parent','parent',1,'consent_required',0,'{}',0,NULL,1.79572387168839550011e+09,1.79572375164673376079e+09);
INSERT INTO "dialogues" VALUES(10014,'Семья «account»','account:diary_not_found:parent:parent:1','parent','parent',1,'diary_not_found',0,'{}',0,NULL,1.79572387273770737647e+09,1.79572387276451873776e+09);
INSERT INTO "dialogues" VALUES(10015,'Семья «wrong»','wrong:diary_not_found:parent:parent:1','parent','parent',1,'diary_not_found',0,'{}',0,NULL,1.7957239944632730484e+09,1.79572399462847900387e+09);
INSERT INTO "dialogues" VALUES(10016,'Семья «doubt»','doubt:consent_required:parent:parent:1','parent','parent',1,'consent_required',0,'{}',0,NULL,1.79572423517620086671e+09,1.79572411483726954457e+09);
INSERT INTO "dialogues" VALUES(10017,'Семья «unknown»','unknown:-:parent:parent:1','parent','parent',1,NULL,1,'{"form_id": "", "error": null, "path": null, "reader": null, "step": 0, "class_name": null, "class_refused": false, "pupil_name": null, "words": "\u0437\u0435\u043b\u0451\u043d\u0430\u044f \u043a\u0440\u0430\u043a\u043e\u0437\u044f\u0431\u0440\u0430", "files": [], "name_asked": false, "words_asked": false, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572435581259655951e+09,1.79572423549853014946e+09);
INSERT INTO "dialogues" VALUES(10018,'Семья «unknown again»','unknown_again:-:parent:parent:1','parent','parent',1,NULL,2,'{"form_id": "", "error": null, "path": null, "reader": null, "step": 0, "class_name": null, "class_refused": false, "pupil_name": null, "words": "\u0437\u0435\u043b\u0451\u043d\u0430\u044f \u043a\u0440\u0430\u043a\u043e\u0437\u044f\u0431\u0440\u0430\n\u0441\u0438\u043d\u044f\u044f \u043a\u0440\u0430\u043a\u043e\u0437\u044f\u0431\u0440\u0430", "files": [], "name_asked": false, "words_asked": false, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572459676676464074e+09,1.795724356505736351e+09);
INSERT INTO "dialogues" VALUES(10019,'Семья «topic»','topic:forgotten_password:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572459676970601081e+09,1.79572447660282135013e+09);
INSERT INTO "dialogues" VALUES(10020,'Семья «class»','form_class','parent','parent',1,'diary_not_found',0,'{"form_id": "6d0952b05c723e01", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": null, "class_refused": false, "pupil_name": null, "words": null, "files": [], "name_asked": false, "words_asked": false, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572459802670216563e+09,1.79572459824898838999e+09);
INSERT INTO "dialogues" VALUES(10021,'Семья «name»','form_name','parent','parent',1,'diary_not_found',0,'{"form_id": "c3153841bbbccd6b", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": null, "words": null, "files": [], "name_asked": false, "words_asked": false, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572484077917742732e+09,1.795724720237821579e+09);
INSERT INTO "dialogues" VALUES(10022,'Семья «words»','form_words','parent','parent',1,'diary_not_found',0,'{"form_id": "e934fe8afd031127", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": null, "words": null, "files": [], "name_asked": true, "words_asked": false, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572484330823683735e+09,1.79572484339513897899e+09);
INSERT INTO "dialogues" VALUES(10023,'Семья «preview»','form_preview','parent','parent',1,'diary_not_found',0,'{"form_id": "62681b73819ae265", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": "\u0418\u0432\u0430\u043d\u043e\u0432 \u041f\u0451\u0442\u0440", "words": "\u0432\u0442\u043e\u0440\u043e\u0439 \u0434\u0435\u043d\u044c \u043d\u0435 \u043f\u0443\u0441\u043a\u0430\u0435\u0442", "files": [], "name_asked": true, "words_asked": true, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572496743581652648e+09,1.79572496633018779759e+09);
INSERT INTO "dialogues" VALUES(10024,'Семья «edit»','form_edit','parent','parent',1,'diary_not_found',0,'{"form_id": "c993aa25ac4de72c", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": "\u0418\u0432\u0430\u043d\u043e\u0432 \u041f\u0451\u0442\u0440", "words": "\u0432\u0442\u043e\u0440\u043e\u0439 \u0434\u0435\u043d\u044c \u043d\u0435 \u043f\u0443\u0441\u043a\u0430\u0435\u0442", "files": [], "name_asked": true, "words_asked": true, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.7957250916830377579e+09,1.79572509175408148761e+09);
INSERT INTO "dialogues" VALUES(10025,'Семья «edit class»','edit_class','parent','parent',1,'diary_not_found',0,'{"form_id": "3955b265a07f9764", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": "\u0418\u0432\u0430\u043d\u043e\u0432 \u041f\u0451\u0442\u0440", "words": "\u0432\u0442\u043e\u0440\u043e\u0439 \u0434\u0435\u043d\u044c \u043d\u0435 \u043f\u0443\u0441\u043a\u0430\u0435\u0442", "files": [], "name_asked": true, "words_asked": true, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572521570916056633e+09,1.79572521607848501206e+09);
INSERT INTO "dialogues" VALUES(10026,'Семья «edit name»','edit_name','parent','parent',1,'diary_not_found',0,'{"form_id": "fefd0cbe1d5f33b7", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": "\u0418\u0432\u0430\u043d\u043e\u0432 \u041f\u0451\u0442\u0440", "words": "\u0432\u0442\u043e\u0440\u043e\u0439 \u0434\u0435\u043d\u044c \u043d\u0435 \u043f\u0443\u0441\u043a\u0430\u0435\u0442", "files": [], "name_asked": true, "words_asked": true, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572534010275864603e+09,1.79572534059948801994e+09);
INSERT INTO "dialogues" VALUES(10027,'Семья «edit words»','edit_words','parent','parent',1,'diary_not_found',0,'{"form_id": "33ad9acda425bbfe", "error": "diary_not_found", "path": "parent", "reader": "parent", "step": 1, "class_name": "7\u0411", "class_refused": false, "pupil_name": "\u0418\u0432\u0430\u043d\u043e\u0432 \u041f\u0451\u0442\u0440", "words": "\u0432\u0442\u043e\u0440\u043e\u0439 \u0434\u0435\u043d\u044c \u043d\u0435 \u043f\u0443\u0441\u043a\u0430\u0435\u0442", "files": [], "name_asked": true, "words_asked": true, "second": false, "open_ticket": null, "joins": null, "album": null}',0,NULL,1.79572546503781270985e+09,1.79572546522709512706e+09);
INSERT INTO "dialogues" VALUES(10028,'Семья «sends»','ticket:4','parent','parent',1,'diary_not_found',0,'{}',0,NULL,1.79572558908994698526e+09,1795726691.8088);
INSERT INTO "dialogues" VALUES(10029,'Семья «cancelled»','step:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572571283889341354e+09,1.79572571295910477636e+09);
INSERT INTO "dialogues" VALUES(10030,'Семья «help»','step:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572595344991469377e+09,1795725833.4302);
INSERT INTO "dialogues" VALUES(10031,'Семья «privacy»','step:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572607356637501717e+09,1.79572595354914093016e+09);
INSERT INTO "dialogues" VALUES(10032,'Семья «forget»','step:-:parent:parent:1','parent','parent',1,NULL,0,'{}',0,NULL,1.79572619381238627427e+09,1.79572607379104924206e+09);
INSERT INTO "dialogues" VALUES(10033,'Семья «ticket»','ticket:1','parent','parent',1,'diary_not_found',0,'{}',0,NULL,1.795726692384232521e+09,1.7957261977920491695e+09);
INSERT INTO "dialogues" VALUES(10034,'Семья «my ticket»','ticket:2','parent','parent',1,'diary_not_found',0,'{}',0,NULL,1.79572669238728523251e+09,1.7957263241973404884e+09);
INSERT INTO "dialogues" VALUES(10035,'Семья «second form»','join','parent','parent',1,'consent_required',0,'{"form_id": "85cafe2cc1b217ea", "error": "consent_required", "path": "parent", "reader": "parent", "step": 1, "class_name": null, "class_refused": false, "pupil_name": null, "words": null, "files": [], "name_asked": false, "words_asked": false, "second": false, "open_ticket": 3, "joins": null, "album": null}',0,NULL,1.79572669251572465893e+09,1.79572645145973277093e+09);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	path VARCHAR(16), 
	step INTEGER, 
	error VARCHAR(32), 
	seconds FLOAT, 
	CONSTRAINT pk_events PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,1.79572291086467432973e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(2,1.79572303093078947068e+09,'began','child',1,NULL,NULL);
INSERT INTO "events" VALUES(3,1.79572303100053715704e+09,'step','child',2,NULL,NULL);
INSERT INTO "events" VALUES(4,1.79572315104419183732e+09,'began','child',1,NULL,NULL);
INSERT INTO "events" VALUES(5,1.79572327108324837682e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(6,1.79572327109840822224e+09,'step','parent',2,NULL,NULL);
INSERT INTO "events" VALUES(7,1.79572327110878276826e+09,'step','parent',3,NULL,NULL);
INSERT INTO "events" VALUES(8,1.79572339123402500149e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(9,1.79572339131031680106e+09,'step','parent',2,NULL,NULL);
INSERT INTO "events" VALUES(10,1.79572339132051420214e+09,'step','parent',3,NULL,NULL);
INSERT INTO "events" VALUES(11,1.79572339135765790939e+09,'done','parent',3,NULL,NULL);
INSERT INTO "events" VALUES(12,1.79572351139063572881e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(13,1.79572363141852593421e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(14,1.79572375158699607845e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(15,1.79572375163867688175e+09,'error','parent',1,'consent_required',NULL);
INSERT INTO "events" VALUES(16,1.79572387167326593402e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(17,1.79572387172052931785e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(18,1.79572399286171030998e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(19,1795723993.13366,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(20,1.79572411475539374346e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(21,1.79572423497866797445e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(22,1.79572423543634557717e+09,'unknown','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(23,1.79572435553274607658e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(24,1.7957243561373279094e+09,'unknown','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(25,1.79572447654225516317e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(26,1.79572447658918428418e+09,'topic','parent',1,'forgotten_password',NULL);
INSERT INTO "events" VALUES(27,1.79572459672253751748e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(28,1.79572459691477632525e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(29,1.79572471828145790095e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(30,1.79572471830697083473e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(31,1.79572484060709428792e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(32,1.79572484104717946052e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(33,1.79572496389828658103e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(34,1.79572496393521046633e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(35,1.79572508763572502134e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(36,1.79572508766199803349e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(37,1.79572521189004206659e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(38,1.79572521207250571247e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(39,1.79572533624896812443e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(40,1.79572533644879102701e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(41,1.79572546094170093534e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(42,1.79572546110711169248e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(43,1.79572558537755537031e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(44,1.79572558545137572283e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(45,1.79572570924564266204e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(46,1.79572570938475060465e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(47,1.79572583308500385284e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(48,1.79572595344037699697e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(49,1.79572607355796790128e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(50,1.79572619402714014056e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(51,1.79572619406301212316e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(52,1.7957261977870175838e+09,'ticket','parent',NULL,'diary_not_found',NULL);
INSERT INTO "events" VALUES(53,1.79572632020839881902e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(54,1.7957263202809996605e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(55,1795726323.38374,'ticket','parent',NULL,'diary_not_found',NULL);
INSERT INTO "events" VALUES(56,1.79572644443365073206e+09,'began','parent',1,NULL,NULL);
INSERT INTO "events" VALUES(57,1.79572644461160492901e+09,'error','parent',1,'diary_not_found',NULL);
INSERT INTO "events" VALUES(58,1.79572644863800096517e+09,'ticket','parent',NULL,'diary_not_found',NULL);
INSERT INTO "events" VALUES(59,1.7957264506256828308e+09,'error','parent',1,'consent_required',NULL);
INSERT INTO "events" VALUES(60,1.79572669167052793503e+09,'ticket','parent',NULL,'diary_not_found',NULL);
INSERT INTO "events" VALUES(61,1.79572669224139165882e+09,'first_answer',NULL,NULL,NULL,4.94498280048370361314e+02);
INSERT INTO "events" VALUES(62,1.79572669233873844149e+09,'first_answer',NULL,NULL,NULL,3.68981378555297851568e+02);
INSERT INTO "events" VALUES(63,1.79572669239297914509e+09,'first_answer',NULL,NULL,NULL,2.43778415918350219735e+02);
CREATE TABLE facts (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('old_texts_swept_at','1795726196.98564');
CREATE TABLE failed_updates (
	update_id BIGINT NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	chat_id BIGINT, 
	error TEXT NOT NULL, 
	text TEXT, 
	tries INTEGER NOT NULL, 
	set_aside BOOLEAN NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_failed_updates PRIMARY KEY (update_id)
);
CREATE TABLE handled_updates (
	update_id BIGINT NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_handled_updates PRIMARY KEY (update_id)
);
INSERT INTO "handled_updates" VALUES(700000001,1.79572243008492398266e+09);
INSERT INTO "handled_updates" VALUES(700000002,1.79572255019300484652e+09);
INSERT INTO "handled_updates" VALUES(700000004,1.79572267025025177002e+09);
INSERT INTO "handled_updates" VALUES(700000006,1.79572279029322719569e+09);
INSERT INTO "handled_updates" VALUES(700000007,1795722790.30569);
INSERT INTO "handled_updates" VALUES(700000008,1.79572291088058829311e+09);
INSERT INTO "handled_updates" VALUES(700000009,1.79572303093396472934e+09);
INSERT INTO "handled_updates" VALUES(700000011,1.79572315104497623439e+09);
INSERT INTO "handled_updates" VALUES(700000012,1.79572327108414149282e+09);
INSERT INTO "handled_updates" VALUES(700000015,1.79572339129479384423e+09);
INSERT INTO "handled_updates" VALUES(700000019,1.79572351139134693143e+09);
INSERT INTO "handled_updates" VALUES(700000021,1.79572363141927170753e+09);
INSERT INTO "handled_updates" VALUES(700000024,1.79572375159064030651e+09);
INSERT INTO "handled_updates" VALUES(700000025,1.79572375164302182196e+09);
INSERT INTO "handled_updates" VALUES(700000026,1.79572387168905520443e+09);
INSERT INTO "handled_updates" VALUES(700000027,1.79572387172185754774e+09);
INSERT INTO "handled_updates" VALUES(700000029,1.79572399289274573321e+09);
INSERT INTO "handled_updates" VALUES(700000030,1.79572399313930940621e+09);
INSERT INTO "handled_updates" VALUES(700000033,1.79572411477474951739e+09);
INSERT INTO "handled_updates" VALUES(700000034,1.79572411483452248578e+09);
INSERT INTO "handled_updates" VALUES(700000035,1.79572423519525504109e+09);
INSERT INTO "handled_updates" VALUES(700000036,1.79572423548701071735e+09);
INSERT INTO "handled_updates" VALUES(700000037,1.79572435582534813882e+09);
INSERT INTO "handled_updates" VALUES(700000038,1.79572435613873648647e+09);
INSERT INTO "handled_updates" VALUES(700000039,1.79572435647056770323e+09);
INSERT INTO "handled_updates" VALUES(700000040,1.79572447655653882024e+09);
INSERT INTO "handled_updates" VALUES(700000041,1.79572447659139919286e+09);
INSERT INTO "handled_updates" VALUES(700000042,1.79572459677299094203e+09);
INSERT INTO "handled_updates" VALUES(700000043,1.79572459699691057205e+09);
INSERT INTO "handled_updates" VALUES(700000045,1.79572459824796867369e+09);
INSERT INTO "handled_updates" VALUES(700000046,1.79572471828675794599e+09);
INSERT INTO "handled_updates" VALUES(700000047,1.79572471831009221072e+09);
INSERT INTO "handled_updates" VALUES(700000049,1.79572471973047661781e+09);
INSERT INTO "handled_updates" VALUES(700000050,1.79572471994386029248e+09);
INSERT INTO "handled_updates" VALUES(700000051,1.79572484079686498642e+09);
INSERT INTO "handled_updates" VALUES(700000052,1.79572484106215929985e+09);
INSERT INTO "handled_updates" VALUES(700000054,1.79572484239960265157e+09);
INSERT INTO "handled_updates" VALUES(700000055,1.79572484270740604403e+09);
INSERT INTO "handled_updates" VALUES(700000056,1.79572484332837390896e+09);
INSERT INTO "handled_updates" VALUES(700000057,1.79572496351677680015e+09);
INSERT INTO "handled_updates" VALUES(700000060,1.79572496399879789354e+09);
INSERT INTO "handled_updates" VALUES(700000062,1.79572496533629679684e+09);
INSERT INTO "handled_updates" VALUES(700000063,1.79572496543943905828e+09);
INSERT INTO "handled_updates" VALUES(700000064,1.79572496630388021461e+09);
INSERT INTO "handled_updates" VALUES(700000065,1.79572496632805395123e+09);
INSERT INTO "handled_updates" VALUES(700000066,1.79572508751503634449e+09);
INSERT INTO "handled_updates" VALUES(700000069,1.79572508769000816343e+09);
INSERT INTO "handled_updates" VALUES(700000071,1.79572508898881101615e+09);
INSERT INTO "handled_updates" VALUES(700000072,1.79572508903262734406e+09);
INSERT INTO "handled_updates" VALUES(700000073,1.79572509047313380245e+09);
INSERT INTO "handled_updates" VALUES(700000074,1.7957250906244511604e+09);
INSERT INTO "handled_updates" VALUES(700000075,1.79572509173279070858e+09);
INSERT INTO "handled_updates" VALUES(700000076,1.79572521179546308513e+09);
INSERT INTO "handled_updates" VALUES(700000079,1.79572521208940100666e+09);
INSERT INTO "handled_updates" VALUES(700000081,1.79572521336744713783e+09);
INSERT INTO "handled_updates" VALUES(700000082,1.79572521340224075317e+09);
INSERT INTO "handled_updates" VALUES(700000083,1.79572521429191970824e+09);
INSERT INTO "handled_updates" VALUES(700000084,1.79572521457683157916e+09);
INSERT INTO "handled_updates" VALUES(700000085,1.79572521579111170765e+09);
INSERT INTO "handled_updates" VALUES(700000086,1.79572521604287362092e+09);
INSERT INTO "handled_updates" VALUES(700000087,1.79572533609878706934e+09);
INSERT INTO "handled_updates" VALUES(700000090,1.79572533647252631193e+09);
INSERT INTO "handled_updates" VALUES(700000092,1.79572533759903216364e+09);
INSERT INTO "handled_updates" VALUES(700000093,1.79572533768748784062e+09);
INSERT INTO "handled_updates" VALUES(700000094,1.79572533853997039795e+09);
INSERT INTO "handled_updates" VALUES(700000095,1.79572533996928119658e+09);
INSERT INTO "handled_updates" VALUES(700000096,1.79572534022188735015e+09);
INSERT INTO "handled_updates" VALUES(700000097,1.79572534059581255918e+09);
INSERT INTO "handled_updates" VALUES(700000098,1.79572546084392976762e+09);
INSERT INTO "handled_updates" VALUES(700000101,1.79572546111888813966e+09);
INSERT INTO "handled_updates" VALUES(700000103,1.79572546263238596916e+09);
INSERT INTO "handled_updates" VALUES(700000104,1.7957254626471021176e+09);
INSERT INTO "handled_updates" VALUES(700000105,1.79572546375857305519e+09);
INSERT INTO "handled_updates" VALUES(700000106,1.7957254638794286251e+09);
INSERT INTO "handled_updates" VALUES(700000107,1.79572546509793424607e+09);
INSERT INTO "handled_updates" VALUES(700000108,1.79572546519397950167e+09);
INSERT INTO "handled_updates" VALUES(700000109,1.79572558529419469834e+09);
INSERT INTO "handled_updates" VALUES(700000112,1.79572558547060894961e+09);
INSERT INTO "handled_updates" VALUES(700000114,1.79572558672687268262e+09);
INSERT INTO "handled_updates" VALUES(700000115,1.79572558674591493607e+09);
INSERT INTO "handled_updates" VALUES(700000116,1.79572558785617017746e+09);
INSERT INTO "handled_updates" VALUES(700000117,1.79572558804814529425e+09);
INSERT INTO "handled_updates" VALUES(700000118,1.79572570918288254735e+09);
INSERT INTO "handled_updates" VALUES(700000121,1.79572570941253829e+09);
INSERT INTO "handled_updates" VALUES(700000123,1.79572571063118839257e+09);
INSERT INTO "handled_updates" VALUES(700000124,1.79572571072169208522e+09);
INSERT INTO "handled_updates" VALUES(700000125,1.79572571164191484445e+09);
INSERT INTO "handled_updates" VALUES(700000126,1.79572571172590804097e+09);
INSERT INTO "handled_updates" VALUES(700000127,1.79572571289998674393e+09);
INSERT INTO "handled_updates" VALUES(700000128,1.79572583327898955348e+09);
INSERT INTO "handled_updates" VALUES(700000129,1.79572583342681455615e+09);
INSERT INTO "handled_updates" VALUES(700000130,1.79572595349723243716e+09);
INSERT INTO "handled_updates" VALUES(700000131,1.79572595354555869105e+09);
INSERT INTO "handled_updates" VALUES(700000132,1.79572607357195591923e+09);
INSERT INTO "handled_updates" VALUES(700000133,1.79572607372003412249e+09);
INSERT INTO "handled_updates" VALUES(700000134,1.79572619380098319049e+09);
INSERT INTO "handled_updates" VALUES(700000137,1.79572619413877058026e+09);
INSERT INTO "handled_updates" VALUES(700000139,1.79572619533541560175e+09);
INSERT INTO "handled_updates" VALUES(700000140,1.79572619535536789894e+09);
INSERT INTO "handled_updates" VALUES(700000141,1.79572619628529858582e+09);
INSERT INTO "handled_updates" VALUES(700000142,1.79572619630886721607e+09);
INSERT INTO "handled_updates" VALUES(700000144,1.79572631991051626207e+09);
INSERT INTO "handled_updates" VALUES(700000147,1.79572632037634181976e+09);
INSERT INTO "handled_updates" VALUES(700000149,1.79572632132756447795e+09);
INSERT INTO "handled_updates" VALUES(700000150,1.79572632139988303187e+09);
INSERT INTO "handled_updates" VALUES(700000151,1.79572632222590613366e+09);
INSERT INTO "handled_updates" VALUES(700000152,1.79572632225333094595e+09);
INSERT INTO "handled_updates" VALUES(700000154,1.79572632419445562361e+09);
INSERT INTO "handled_updates" VALUES(700000155,1.79572644429788446426e+09);
INSERT INTO "handled_updates" VALUES(700000158,1.79572644462134289738e+09);
INSERT INTO "handled_updates" VALUES(700000160,1.79572644585325264928e+09);
INSERT INTO "handled_updates" VALUES(700000161,1.79572644602105307575e+09);
INSERT INTO "handled_updates" VALUES(700000162,1.79572644711289358134e+09);
INSERT INTO "handled_updates" VALUES(700000163,1.7957264471398129463e+09);
INSERT INTO "handled_updates" VALUES(700000165,1.79572645037954568857e+09);
INSERT INTO "handled_updates" VALUES(700000166,1.7957264506353213787e+09);
INSERT INTO "handled_updates" VALUES(700000167,1.79572645145816826815e+09);
INSERT INTO "handled_updates" VALUES(700000171,1.79572669149340486522e+09);
INSERT INTO "handled_updates" VALUES(700000169,1.79572669162007451061e+09);
INSERT INTO "handled_updates" VALUES(700000170,1.7957266916677556038e+09);
INSERT INTO "handled_updates" VALUES(700000172,1.79572669226183176038e+09);
INSERT INTO "handled_updates" VALUES(700000173,1.79572669237158036225e+09);
CREATE TABLE handovers (
	token VARCHAR(48) NOT NULL, 
	pupil_id BIGINT NOT NULL, 
	screen VARCHAR(64) NOT NULL, 
	created_at FLOAT NOT NULL, 
	opened_by BIGINT, 
	told_at FLOAT, 
	CONSTRAINT pk_handovers PRIMARY KEY (token)
);
INSERT INTO "handovers" VALUES('0uAqddUiTV19SQBBvoNXoQ',10007,'step:-:child:pupil:1',1.79572303092136430742e+09,NULL,NULL);
INSERT INTO "handovers" VALUES('dh1vi0iW5cCTfl7RDxB15g',10007,'step:-:child:pupil:2',1.79572303100046062472e+09,NULL,NULL);
CREATE TABLE jobs (
	id INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	family_id BIGINT NOT NULL, 
	payload JSON NOT NULL, 
	"key" VARCHAR(80), 
	created_at FLOAT NOT NULL, 
	not_before FLOAT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	lease_until FLOAT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT uq_jobs_key UNIQUE ("key")
);
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	chat_id BIGINT NOT NULL, 
	lane VARCHAR(48) NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	payload JSON NOT NULL, 
	ticket_id BIGINT, 
	family_id BIGINT, 
	media_group_id VARCHAR(64), 
	created_at FLOAT NOT NULL, 
	not_before FLOAT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	lease_until FLOAT DEFAULT '0' NOT NULL, 
	lease_owner VARCHAR(32), 
	state VARCHAR(8) DEFAULT 'queued' NOT NULL, 
	error TEXT
);
INSERT INTO "outbox" VALUES(55,0,'ticket:4','card','{}',4,10028,NULL,1.79572669164558744426e+09,1.79572669345305585856e+09,1,0.0,NULL,'queued','Internal Server Error');
INSERT INTO "outbox" VALUES(56,10033,'family:10033','to_family','{"row": 1, "from_message": 10, "reply_row": null, "prompt": {"inline_keyboard": [[{"text": "\ud83d\udc4d \u041f\u043e\u043c\u043e\u0433\u043b\u043e", "callback_data": "helped:1"}, {"text": "\u041d\u0435 \u043f\u043e\u043c\u043e\u0433\u043b\u043e", "callback_data": "nothelped:1"}]]}}',1,10033,NULL,1.79572669224139165882e+09,1.79572669354286193845e+09,1,0.0,NULL,'queued','Internal Server Error');
INSERT INTO "outbox" VALUES(57,0,'ticket:1','card_edit','{}',1,10033,NULL,1.79572669224139165882e+09,1.79572669224139165882e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(58,0,'ticket:1','topic_state','{}',1,10033,NULL,1.79572669224139165882e+09,1.79572669224139165882e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(59,0,'ticket:1','to_desk','{"row": 2, "reply_row": null}',1,10033,NULL,1.79572669227133083344e+09,1.79572669227133083344e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(60,0,'ticket:2','to_desk','{"row": 3, "reply_row": null}',2,10034,NULL,1.79572669228759837153e+09,1.79572669228759837153e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(61,10034,'family:10034','to_family','{"row": 4, "from_message": 11, "reply_row": null, "prompt": {"inline_keyboard": [[{"text": "\ud83d\udc4d \u041f\u043e\u043c\u043e\u0433\u043b\u043e", "callback_data": "helped:2"}, {"text": "\u041d\u0435 \u043f\u043e\u043c\u043e\u0433\u043b\u043e", "callback_data": "nothelped:2"}]]}}',2,10034,NULL,1.79572669233873844149e+09,1.79572669361575055126e+09,1,0.0,NULL,'queued','Internal Server Error');
INSERT INTO "outbox" VALUES(62,0,'ticket:2','card_edit','{}',2,10034,NULL,1.79572669233873844149e+09,1.79572669233873844149e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(63,0,'ticket:2','topic_state','{}',2,10034,NULL,1.79572669233873844149e+09,1.79572669233873844149e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(64,10035,'family:10035','to_family','{"row": 5, "from_message": 12, "reply_row": null, "prompt": {"inline_keyboard": [[{"text": "\ud83d\udc4d \u041f\u043e\u043c\u043e\u0433\u043b\u043e", "callback_data": "helped:3"}, {"text": "\u041d\u0435 \u043f\u043e\u043c\u043e\u0433\u043b\u043e", "callback_data": "nothelped:3"}]]}}',3,10035,NULL,1.79572669239297914509e+09,1.79572669358717513089e+09,1,0.0,NULL,'queued','Internal Server Error');
INSERT INTO "outbox" VALUES(65,0,'ticket:3','card_edit','{}',3,10035,NULL,1.79572669239297914509e+09,1.79572669239297914509e+09,0,0.0,NULL,'queued',NULL);
INSERT INTO "outbox" VALUES(66,0,'ticket:3','topic_state','{}',3,10035,NULL,1.79572669239297914509e+09,1.79572669239297914509e+09,0,0.0,NULL,'queued',NULL);
CREATE TABLE reminders (
	id INTEGER NOT NULL, 
	family_id BIGINT NOT NULL, 
	screen VARCHAR(64) NOT NULL, 
	due_at FLOAT NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_reminders PRIMARY KEY (id), 
	CONSTRAINT uq_reminders_family_id_screen UNIQUE (family_id, screen)
);
CREATE TABLE sends (
	id INTEGER NOT NULL, 
	chat_id BIGINT NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_sends PRIMARY KEY (id)
);
INSERT INTO "sends" VALUES(1,0,'message',1.79572669238174867627e+09);
INSERT INTO "sends" VALUES(2,0,'topic',1.79572669238174867627e+09);
INSERT INTO "sends" VALUES(3,10033,'message',1.795726692384232521e+09);
INSERT INTO "sends" VALUES(4,10034,'message',1.79572669238728523251e+09);
INSERT INTO "sends" VALUES(5,10035,'message',1.79572669251572465893e+09);
CREATE TABLE ticket_events (
	id INTEGER NOT NULL, 
	ticket_id BIGINT NOT NULL, 
	at FLOAT NOT NULL, 
	actor VARCHAR(64) NOT NULL, 
	status_from VARCHAR(16), 
	status_to VARCHAR(16) NOT NULL, 
	cause VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_ticket_events PRIMARY KEY (id)
);
INSERT INTO "ticket_events" VALUES(1,1,1.79572619774311161046e+09,'семья',NULL,'new','sent');
INSERT INTO "ticket_events" VALUES(2,2,1795726323.35736,'семья',NULL,'new','sent');
INSERT INTO "ticket_events" VALUES(3,3,1.79572644861456322674e+09,'семья',NULL,'new','sent');
INSERT INTO "ticket_events" VALUES(4,4,1.79572669162592983248e+09,'семья',NULL,'new','sent');
INSERT INTO "ticket_events" VALUES(5,1,1.79572669224139165882e+09,'Ольга','new','waiting_family','desk_wrote');
INSERT INTO "ticket_events" VALUES(6,1,1.79572669227597570421e+09,'семья','waiting_family','in_work','family_wrote');
INSERT INTO "ticket_events" VALUES(7,2,1.79572669233873844149e+09,'Ольга','new','waiting_family','desk_wrote');
INSERT INTO "ticket_events" VALUES(8,3,1.79572669239297914509e+09,'Ольга','new','waiting_family','desk_wrote');
CREATE TABLE ticket_messages (
	id INTEGER NOT NULL, 
	ticket_id BIGINT NOT NULL, 
	side VARCHAR(8) NOT NULL, 
	family_id BIGINT, 
	family_message_id BIGINT, 
	desk_chat_id BIGINT, 
	desk_message_id BIGINT, 
	kind VARCHAR(16) NOT NULL, 
	text TEXT, 
	entities JSON, 
	file_id TEXT, 
	media_group_id VARCHAR(64), 
	actor VARCHAR(64), 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_ticket_messages PRIMARY KEY (id)
);
INSERT INTO "ticket_messages" VALUES(1,1,'desk',10033,NULL,-1001000000001,10,'text','ответ школы на №1 перед обновлением','null',NULL,NULL,'Ольга',1.79572669220103406902e+09);
INSERT INTO "ticket_messages" VALUES(2,1,'family',10033,187,NULL,NULL,'text','весть семьи «ticket» перед обновлением','null',NULL,NULL,NULL,1.79572669227133083344e+09);
INSERT INTO "ticket_messages" VALUES(3,2,'family',10034,188,NULL,NULL,'text','весть семьи «my ticket» перед обновлением','null',NULL,NULL,NULL,1.79572669228759837153e+09);
INSERT INTO "ticket_messages" VALUES(4,2,'desk',10034,NULL,-1001000000001,11,'text','ответ школы на №2 перед обновлением','null',NULL,NULL,'Ольга',1.7957266923379089832e+09);
INSERT INTO "ticket_messages" VALUES(5,3,'desk',10035,NULL,-1001000000001,12,'text','ответ школы на №3 перед обновлением','null',NULL,NULL,'Ольга',1.79572669239160180088e+09);
CREATE TABLE tickets (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	family_id BIGINT, 
	form_id VARCHAR(32) NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	reader VARCHAR(16), 
	path VARCHAR(16), 
	error VARCHAR(32), 
	steps_done INTEGER DEFAULT '0' NOT NULL, 
	class_name VARCHAR(16), 
	pupil_name VARCHAR(128), 
	words TEXT, 
	first_name VARCHAR(64), 
	consent_at FLOAT NOT NULL, 
	created_at FLOAT NOT NULL, 
	updated_at FLOAT NOT NULL, 
	taken_by VARCHAR(64), 
	first_answer_at FLOAT, 
	last_answer TEXT, 
	solved_at FLOAT, 
	waiting_since FLOAT, 
	reminded_at FLOAT, 
	called_up_at FLOAT, 
	unreachable_at FLOAT, 
	desk_chat_id BIGINT, 
	topic_id BIGINT, 
	topic_closed BOOLEAN DEFAULT 0 NOT NULL, 
	card_message_id BIGINT, 
	prompt_message_id BIGINT, 
	erased_at FLOAT, 
	CONSTRAINT uq_tickets_form_id UNIQUE (form_id)
);
INSERT INTO "tickets" VALUES(1,10033,'3dd4e7d015a92152','in_work','parent','parent','diary_not_found',0,'7Б','Иванов Пётр','второй день не пускает','Семья «ticket»',1795726197.74311,1.79572619774311161046e+09,1.79572669227597570421e+09,NULL,1.79572669224139165882e+09,'ответ школы на №1 перед обновлением',NULL,NULL,NULL,NULL,NULL,-1001000000001,1,0,2,NULL,NULL);
INSERT INTO "tickets" VALUES(2,10034,'a33d8be0d6340d31','waiting_family','parent','parent','diary_not_found',0,'7Б','Иванов Пётр','второй день не пускает','Семья «my ticket»',1.79572632335735869408e+09,1795726323.35736,1.79572669233873844149e+09,NULL,1.79572669233873844149e+09,'ответ школы на №2 перед обновлением',NULL,1.79572669233873844149e+09,NULL,NULL,NULL,-1001000000001,4,0,5,NULL,NULL);
INSERT INTO "tickets" VALUES(3,10035,'e94d9100e3fdf2ae','waiting_family','parent','parent','diary_not_found',0,'7Б','Иванов Пётр','второй день не пускает','Семья «second form»',1.79572644861456203455e+09,1.79572644861456322674e+09,1.79572669239297914509e+09,NULL,1.79572669239297914509e+09,'ответ школы на №3 перед обновлением',NULL,1.79572669239297914509e+09,NULL,NULL,NULL,-1001000000001,7,0,8,NULL,NULL);
INSERT INTO "tickets" VALUES(4,10028,'7e3c8975ed97343a','new','parent','parent','diary_not_found',0,'7Б','Иванов Пётр','второй день не пускает','Семья «sends»',1.79572669162592816354e+09,1.79572669162592983248e+09,1.7957266916259305477e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL);
CREATE INDEX ix_handled_updates_at ON handled_updates (at);
CREATE INDEX ix_tickets_waiting_since ON tickets (waiting_since);
CREATE INDEX ix_tickets_topic_id ON tickets (topic_id);
CREATE INDEX ix_tickets_family_id ON tickets (family_id);
CREATE INDEX ix_tickets_created_at ON tickets (created_at);
CREATE INDEX ix_tickets_to_erase ON tickets (solved_at) WHERE erased_at IS NULL;
CREATE INDEX ix_tickets_status ON tickets (status);
CREATE INDEX ix_ticket_events_ticket_id ON ticket_events (ticket_id);
CREATE INDEX ix_ticket_messages_family ON ticket_messages (family_id, family_message_id);
CREATE INDEX ix_ticket_messages_ticket_id ON ticket_messages (ticket_id);
CREATE INDEX ix_ticket_messages_desk ON ticket_messages (desk_chat_id, desk_message_id);
CREATE INDEX ix_outbox_family_id ON outbox (family_id);
CREATE INDEX ix_outbox_chat ON outbox (chat_id, lease_until);
CREATE INDEX ix_outbox_ticket_id ON outbox (ticket_id);
CREATE INDEX ix_outbox_lane ON outbox (lane, id);
CREATE INDEX ix_sends_chat ON sends (chat_id, at);
CREATE INDEX ix_sends_at ON sends (at);
CREATE INDEX ix_jobs_not_before_created_at ON jobs (not_before, created_at);
CREATE INDEX ix_jobs_family_id ON jobs (family_id);
CREATE INDEX ix_reminders_due_at ON reminders (due_at);
CREATE INDEX ix_handovers_pupil_id ON handovers (pupil_id);
CREATE INDEX ix_handovers_opened_by ON handovers (opened_by);
CREATE INDEX ix_handovers_created_at ON handovers (created_at);
CREATE INDEX ix_events_at ON events (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',66);
INSERT INTO "sqlite_sequence" VALUES('tickets',4);
COMMIT;
